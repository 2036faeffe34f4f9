"""What an answer may not say even where a passage seems to support it, and which mail a person must see first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.passages import Found
from service.answers import Answer, Draft, DraftSentence, HandedOver
from service.release import Policy

LEAK_WORDS = 10  # so many words in a row of the instructions are no coincidence

# What promises something, and what a passage must say for the company to have promised it itself.
_FREE = r"\bfree\b|\bno (?:extra |additional |further )?(?:cost|charge|fee)s?\b|\bwithout (?:charge|cost|a fee)\b|\bnothing\b|\bincluded\b|\bcosts? nothing\b|\bnot charged?\b|\bwaived?\b|\b0\b"
_MONEY = r"money|refund\w*|credit\w*|compensat\w*|reimburs\w*|vouchers?|discounts?|goodwill"
_PROMISES: tuple[tuple[re.Pattern[str], str | None], ...] = (
    (re.compile(r"\bfree of charge\b|\bat no (?:extra )?cost\b|\bnext (?:month|order|visit|bill) (?:is )?free\b", re.I), _FREE),
    (re.compile(r"\b(?P<same>\d{1,3})\s?%\s+(?:discount|off)\b", re.I), None),
    (re.compile(r"\b(?:we|i) (?:guarantee|promise|commit)\b|\b(?<!no )(?<!not )guaranteed?\b(?! (?:period|card|claim|terms?|of))|\byou have our word\b|\bgarant(?:ieren|issons|izamos|iamo)\b|\bfor life\b", re.I),
     r"\bguarant|\bpromis|\bwarrant|\bassur|\bensur|\bgarant|\bfor life\b|\blifetime\b"),
    (re.compile(r"\b(?:we|i|our team|support|the company)\s*(?:['’]ll|will|shall|are going to|am going to|can offer)\s+(?:\w+\s+){0,2}?(?P<same>refund|credit|compensat|reimburs|waiv|replac|upgrad|pay|send|give|offer)", re.I),
     r"\b(?:we|you|customers?|members?|is|are|be|will|get|gets)\b[^.]{{0,40}}\b{same}"),
    (re.compile(rf"\byou(?:['’]ll| will)\s+(?:receive|get|have|be)\b[^.]{{0,30}}?\b(?P<same>{_MONEY})", re.I), r"\b{same}"),
    (re.compile(r"\bas a (?:thank[- ]you|gesture|goodwill)|\blegally entitled\b|\bentitled by law\b|\bit is (?:perfectly |quite |completely )?safe to\b|\bnothing can happen\b|\byou need not (?:come|worry)\b", re.I),
     r"\bthank|\bgesture|\bgoodwill|\blegal|\blaw\b|\bsafe\b|\bnothing can happen|\bneed not\b"),
)  # fmt: skip
_CLAIM = re.compile(
    r"(?<!until )(?<!before )(?<!after )(?<!once )(?<!when )(?<!if )(?<!unless )(?<!should )(?<!that )(?<!which )(?<!code )(?<!what )(?<!as )"
    r"\b(?:i|we|our team|support)(?:\s+have|['’]ve)\s+(?:already\s+|now\s+|just\s+|gone ahead and\s+)?(?:\w+ed|sent|made|put|set|reset|taken|given)\b"
    r"|(?<!until )(?<!before )(?<!after )(?<!once )(?<!when )(?<!if )\b(?:i|we)\s+(?:already\s+|just\s+)?(?:refunded|cancelled|canceled|credited|processed|escalated|updated|changed|deleted|reset|contacted|forwarded|booked|issued)\b"
    r"|\byour (?:refund|account|order|payment|booking|request|subscription|card|ticket|claim|complaint|application|crossing|contract) (?:has (?:just )?been|was|is now) (?:\w+ed|sent|reset)\b"
    r"|\bihre? \w+ (?:ist|wurde) (?:soeben |gerade |bereits )?(?:eingegangen|storniert|gekündigt|erstattet|bestätigt|gebucht)", re.I)  # fmt: skip
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:com|net|org|io|app|co|info|biz|xyz|ru|top|example)(?:/[^\s)]*)?\b", re.I)  # fmt: skip
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/.-]{7,}\d(?![\w%])")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Breach:
    """A rule that an answer breaks, and the words that break it."""

    rule: str
    words: str


_GRAVE = {
    "safety_risk": "somebody may get hurt, so a person must see this mail first",
    "legal_notice": "it gives notice of legal steps, so a person must see this mail first",
    "security_breach": "it reports a breach of security, so a person must see this mail first",
}


def grave(events: frozenset[str], policy: Policy) -> str | None:
    """Say why a person must see this mail first, None where none must."""
    for event in policy.to_a_person:
        if event in events:
            return _GRAVE.get(event, f"it is about a {event.replace('_', ' ')}, so a person must see this mail first")
    return None


def weightier(handed_over: HandedOver, grave: str | None) -> HandedOver:
    """Return the one reason for which a mail is handed over: where a person must see it first, that goes before whatever else ended its path."""
    return HandedOver("needs_a_person", grave, handed_over.draft) if grave else handed_over


def enforce(answer: Answer, draft: Draft, policy: Policy, secrets: tuple[str, ...] = (), reason: str | None = None) -> None:
    """Let an answer pass, or raise HandedOver with it attached: "policy" for a broken rule, "needs_a_person" where `reason` is given."""
    if broken := next(breaches(answer, draft, policy, secrets), None):
        raise HandedOver("policy", f"the draft holds a {broken.rule} that may not leave: {broken.words!r}", answer)
    if reason:
        raise HandedOver("needs_a_person", reason, answer)


def breaches(answer: Answer, draft: Draft, policy: Policy, secrets: tuple[str, ...] = ()) -> Iterator[Breach]:
    """Give every rule that the answer breaks. `secrets` are the request's canary and the prompt's instructions."""
    for sentence in answer.sentences:
        cited = " ".join(found.passage.text for found in _cited(DraftSentence(sentence.text, sentence.citations), draft))
        yield from assurances(sentence.text, cited, policy)
        if policy.links:
            yield from (Breach("address", found) for found in addresses(sentence.text) if not _known(found, cited, policy))
        if policy.prompt_leak and (leak := _leak(sentence.text, secrets)):
            yield Breach("prompt leak", leak)


def assurances(sentence: str, cited: str, policy: Policy) -> Iterator[Breach]:
    """Give what a sentence promises, and what it claims was done, where the passages do not say so themselves."""
    for promise, grant in _PROMISES if policy.promises else ():
        if (match := promise.search(sentence)) and not _granted(match, grant, cited):
            yield Breach("promise", match[0])
            break
    if policy.claimed_actions and (match := _CLAIM.search(sentence)) and match[0].lower() not in cited.lower():
        yield Breach("claimed action", match[0])


def addresses(text: str) -> list[str]:
    """List the links, mail addresses and phone numbers of a text."""
    return [match[0].rstrip(".,;:!?") for pattern in (_ADDRESS, _PHONE) for match in pattern.finditer(text)]


def _cited(sentence: DraftSentence, draft: Draft) -> list[Found]:
    return [draft.sources[name] for name in sentence.citations if name in draft.sources]


def _granted(promise: re.Match[str], grant: str | None, cited: str) -> bool:
    """Tell whether the passages say the same: the very words, or what only a company that promises it says."""
    if promise[0].lower() in cited.lower():
        return True
    same = re.escape(promise.groupdict().get("same") or "")
    pattern = rf"\b{same}\s?%" if grant is None else grant.replace("{same}", same).replace("{{", "{").replace("}}", "}")
    return re.search(pattern, cited, re.I) is not None


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
