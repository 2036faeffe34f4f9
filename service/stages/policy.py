"""What an answer may not say even where a passage seems to support it, and which mail a person must see first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.passages import Found
from service.answers import Answer, Draft, DraftSentence, HandedOver
from service.release import Policy

LEAK_WORDS = 10  # so many words in a row of the instructions are no coincidence

_PROMISE = re.compile(
    r"\b(?:we|i|our team|support|the company)\s*(?:['’]ll|will|shall|are going to|am going to|can offer|guarantee|promise|commit)\b"
    r"|\byou(?:['’]ll| will)\s+(?:receive|get|be (?:refunded|credited|compensated|reimbursed)|have (?:it|your money))\b"
    r"|\b(?:guaranteed?|we promise|you have our word)\b|\b\d{1,3}\s?%\s+(?:discount|off)\b|\bfree of charge\b|\bat no cost\b", re.I)  # fmt: skip
_CLAIM = re.compile(
    r"\b(?:i|we|our team|support)(?:\s+have|['’]ve)\s+(?:already\s+|now\s+|just\s+)?(?:\w+ed|sent|made|put|set|reset|taken|given)\b"
    r"|\b(?:i|we)\s+(?:already\s+|just\s+)?(?:refunded|cancelled|canceled|credited|processed|escalated|updated|changed|deleted|reset|contacted|forwarded|booked|issued)\b"
    r"|\byour (?:refund|account|order|payment|booking|request|subscription|card|ticket) (?:has been|was|is now) (?:\w+ed|sent|reset)\b", re.I)  # fmt: skip
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:com|net|org|io|app|co|info|biz|xyz|ru|top|example)(?:/[^\s)]*)?\b", re.I)  # fmt: skip
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/.-]{7,}\d(?![\w%])")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Breach:
    """A rule that an answer breaks, and the words that break it."""

    rule: str
    words: str


def grave(events: frozenset[str], policy: Policy) -> str | None:
    """Say why a person must see this mail first, None where none must."""
    for event in policy.to_a_person:
        if event in events:
            return f"{event.replace('_', ' ')}: mail about this always goes to a person"
    return None


def enforce(answer: Answer, draft: Draft, policy: Policy, secrets: tuple[str, ...] = (), reason: str | None = None) -> None:
    """Let an answer pass, or raise HandedOver with the draft attached: "policy" for a broken rule, "needs_a_person" where `reason` is given."""
    if broken := list(breaches(answer, draft, policy, secrets)):
        raise HandedOver("policy", "; ".join(f"{one.rule}: {one.words!r}" for one in broken), draft)
    if reason:
        raise HandedOver("needs_a_person", reason, answer)


def breaches(answer: Answer, draft: Draft, policy: Policy, secrets: tuple[str, ...] = ()) -> Iterator[Breach]:
    """Give every rule that the answer breaks. `secrets` are the request's canary and the prompt's instructions."""
    for sentence in answer.sentences:
        cited = " ".join(found.passage.text for found in _cited(DraftSentence(sentence.text, sentence.citations), draft))
        if policy.promises and (match := _PROMISE.search(sentence.text)) and not _granted(match[0], cited):
            yield Breach("promise", match[0])
        if policy.claimed_actions and (match := _CLAIM.search(sentence.text)) and match[0].lower() not in cited.lower():
            yield Breach("claimed action", match[0])
        if policy.links:
            yield from (Breach("address", found) for found in addresses(sentence.text) if not _known(found, cited, policy))
        if policy.prompt_leak and (leak := _leak(sentence.text, secrets)):
            yield Breach("prompt leak", leak)


def addresses(text: str) -> list[str]:
    """List the links, mail addresses and phone numbers of a text."""
    return [match[0].rstrip(".,;:!?") for pattern in (_ADDRESS, _PHONE) for match in pattern.finditer(text)]


def _cited(sentence: DraftSentence, draft: Draft) -> list[Found]:
    return [draft.sources[name] for name in sentence.citations if name in draft.sources]


def _granted(promise: str, cited: str) -> bool:
    """Tell whether the passage says the same: its very words, or the same promise told of the company."""
    return promise.lower() in cited.lower() or bool(_PROMISE.search(cited))


def _known(address: str, cited: str, policy: Policy) -> bool:
    squeezed = re.sub(r"[\s()/.-]", "", address.lower())
    return squeezed in re.sub(r"[\s()/.-]", "", cited.lower()) or any(allowed.lower() in address.lower() for allowed in policy.allowed_links)


def _leak(text: str, secrets: tuple[str, ...]) -> str | None:
    words = _WORD.findall(text.lower())
    for secret in secrets:
        told = _WORD.findall(secret.lower())
        if 0 < len(told) <= 2:
            if secret.lower() in text.lower():
                return secret
            continue
        runs = {tuple(told[start : start + LEAK_WORDS]) for start in range(len(told) - LEAK_WORDS + 1)}
        for start in range(len(words) - LEAK_WORDS + 1):
            if tuple(words[start : start + LEAK_WORDS]) in runs:
                return " ".join(words[start : start + LEAK_WORDS])
    return None
