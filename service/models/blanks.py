"""What fills the blanks of a prompt: a mail, a question with its passages, or an answer with them, fenced and shortened to the tokens there are."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from retrieval.passages import Found
from service.models.fencing import fence, inline
from service.prompting import Material, PromptError, Readable
from service.questions import Answered, Question
from service.screening import masking, screening
from service.screening.screening import Screened

BYTES_PER_TOKEN = 3.5  # English takes about 4.3 bytes a token, other scripts more: the estimate errs upwards
LONGEST_QUESTION = 12_000  # characters; of a longer one the two ends are shown
_CUT = "[… cut: too long …]"


def tokens(text: str) -> int:
    """Estimate how many tokens a text takes, on the high side; what it did take is in the completion's usage."""
    return ceil(len(text.encode()) / BYTES_PER_TOKEN)


def without_contacts(material: Material) -> Material:
    """Return material without e-mail addresses, phone numbers and IP addresses of customers; those that passages name are the company's own, and stay."""
    if isinstance(material, Screened):
        return screening.without_contacts(material)
    if isinstance(material, Question):
        (text, whole, *focus), _ = masking.mask([material.text, material.whole or "", *material.focus], contacts=True)
        return replace(material, text=Readable(text), whole=Readable(whole) if material.whole is not None else None, focus=tuple(focus))
    if isinstance(material, Answered):
        (question,), _ = masking.mask([material.question], contacts=True)
        return replace(material, question=Readable(question))
    return material


def fitted(material: Material, mark: str, room: int) -> tuple[dict[str, str], bool]:
    """Return the material's blanks, fenced, shortened to `room` tokens where it must be, and whether it was. Raises PromptError where none fits."""
    whole = blanks(material, mark)
    if (used := tokens(" ".join(whole.values()))) <= room:
        return whole, False
    share = 1.0
    while share > 0.01 and used > room:
        share *= min(0.9, room / used) if room > 0 else 0
        whole = blanks(material, mark, share)
        used = tokens(" ".join(whole.values()))
    if used > room:
        raise PromptError(f"the token budget leaves {room} tokens for the material: too few for any of it")
    return whole, True


def blanks(material: Material, mark: str, share: float | None = None) -> dict[str, str]:
    """Return the blanks that a mail, a question or an answer fills, of its length only `share`. Raises PromptError for other material."""
    if isinstance(material, Question):
        return {"passages": _passages(material.passages, mark, share), "question": _asked(material.whole or material.text, mark)}
    if isinstance(material, Answered):
        listed = "\n".join(f"{number}. {text} [{', '.join(citations)}]" for number, (text, citations) in enumerate(material.sentences, 1))
        passages = _passages(material.cited, mark, share)
        return {"passages": passages, "question": _asked(material.question, mark), "answer": fence(listed, mark)}
    if isinstance(material, Screened):
        return _mail(material, mark, share)
    raise PromptError(f"a prompt for a mail, a question or an answer cannot be filled with a {type(material).__name__}")


def _mail(screened: Screened, mark: str, share: float | None) -> dict[str, str]:
    message = screened.message
    text = screened.text.strip()
    if message.signature.strip() and message.signature.strip() not in text:
        text = f"{text}\n\n{message.signature.strip()}"
    sender = " ".join(part for part in (message.sender.name, f"<{message.sender.address}>" if message.sender.address else None) if part)
    return {
        "date": message.date.strftime("%A %Y-%m-%d %H:%M %z") if message.date else "unknown",
        "sender": inline(sender, mark),
        "subject": inline(message.subject, mark),
        "mail": fence(_without_middle(text, share), mark),
    }


def _passages(found: Mapping[str, Found], mark: str, share: float | None) -> str:
    passages = [(label, one.passage.headed()) for label, one in found.items()]
    if share is not None:
        passages = passages[: ceil(len(passages) * share)]
        longest = int(share * sum(len(text) for _, text in passages) / max(1, len(passages))) + 1
        passages = [(label, _without_middle(text, min(1.0, longest / len(text)))) for label, text in passages]
    return "\n".join(f"{label}:\n{fence(text, mark)}" for label, text in passages) or "(none)"


def _asked(question: str, mark: str) -> str:
    return fence(_without_middle(question, LONGEST_QUESTION / max(LONGEST_QUESTION, len(question))), mark)


def _without_middle(text: str, share: float | None) -> str:
    """Keep the two ends of a text, the first twice as long: requests stand at the top, names at the bottom."""
    if share is None or share >= 1:
        return text
    kept = int(len(text) * share)
    return f"{text[: kept * 2 // 3]}\n{_CUT}\n{text[len(text) - kept // 3 :]}"
