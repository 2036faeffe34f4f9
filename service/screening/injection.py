"""Finds text in a mail that speaks to a machine instead of a person."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from service.screening import injection_signs
from service.text import hidden_characters, sentences

Where = Literal["text", "subject", "hidden", "quoted", "forwarded", "signature", "attachment name", "from"]

FLAGGED = 3.0  # the weight at which a sentence counts as addressed to a machine
LEANING = 1.5  # beside a flagged sentence, or beside another of the kind, this is enough
_TOGETHER = 3.5
_REACH = 600  # characters around a sign that are read when the paragraph is longer
_LONGEST_QUOTE = 300
_CLAUSE = re.compile(r"[,;:–—(\n]\s*|\s-\s")
_JOINED_ORDER = re.compile(
    r"(?:ignore|disregard|forget|override|ignorier\w*|ignora)\w{0,24}(?:instruction|prompt|rules|anweisung|instrucc|consigne|istruzion|instruc)"
)


@dataclass(frozen=True)
class Finding:
    """Text addressed to a machine, or hidden from people: what kind of sign, where, its words, and their place there (`start`, `end`).

    `quote` holds the first 300 characters at most; for encoded text, what it decodes to.
    """

    kind: str
    where: Where
    quote: str
    start: int
    end: int


@dataclass(frozen=True)
class _Scored:
    kind: str
    weight: float
    start: int
    end: int


def find(text: str, where: Where) -> list[Finding]:
    """List what in a text speaks to a machine, in order and apart. `text` is visible text; time is linear in its length."""
    found = [Finding(one.kind, where, text[one.start : one.end][:_LONGEST_QUOTE], one.start, one.end) for one in _plain(text)]
    for start, end, decoded in hidden_characters.encoded(text):
        if _speaks(decoded):
            found.append(Finding("encoded", where, decoded[:_LONGEST_QUOTE], start, end))
    return _apart(found)


def find_in_name(name: str, where: Where) -> list[Finding]:
    """Find the same in the name of a file or a sender, whose words may be joined by underscores, dots and dashes."""
    spaced = re.sub(r"(?<=\w)[_.+-](?=\w)", " ", name)
    found = find(spaced, where) or find(re.sub(r"_|\.\w{2,4}$", lambda one: "," + one[0][1:], name), where)
    return [Finding(found[0].kind, where, name[:_LONGEST_QUOTE], 0, len(name))] if found else []


def without(text: str, findings: Sequence[Finding]) -> str:
    """Return a text with the findings in it cut out."""
    if not findings:
        return text
    ends = [0, *(one.end for one in findings)]
    starts = [*(one.start for one in findings), len(text)]
    left = " ".join(text[end:start].strip(" \t") for end, start in zip(ends, starts, strict=True))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip(" \t") for line in left.split("\n"))).strip()


def _speaks(text: str) -> bool:
    return any(True for _ in _plain(text)) or bool(_JOINED_ORDER.search(hidden_characters.fold(text)))


def _apart(found: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _plain(text: str) -> Iterator[_Scored]:
    folded = hidden_characters.fold(text)
    for start, end in _windows(folded):
        cut = [(start + one.start, start + one.end) for one in sentences.split(text[start:end])]
        yield from _flagged(folded, [_score(folded, *span) for span in cut])


def _windows(folded: str) -> Iterator[tuple[int, int]]:
    """Give the paragraphs that hold a sign; of a very long one, what stands around it."""
    done = 0
    for sign in injection_signs.shipped().trigger.finditer(folded):
        if sign.end() <= done:
            continue
        before = folded.rfind("\n\n", max(done, sign.start() - _REACH), sign.start())
        after = folded.find("\n\n", sign.end(), sign.end() + _REACH)
        start = before + 2 if before >= 0 else max(done, sign.start() - _REACH)
        done = after if after >= 0 else min(len(folded), sign.end() + _REACH)
        yield start, done


def _flagged(folded: str, scored: Sequence[_Scored]) -> Iterator[_Scored]:
    """Choose among the sentences of one paragraph: heavy ones, and lighter ones beside them."""
    weights = [one.weight for one in scored]
    chosen = [weight >= FLAGGED for weight in weights]
    for at in range(len(scored) - 1):
        pair = weights[at : at + 2]
        if min(pair) >= LEANING and sum(pair) >= _TOGETHER:
            chosen[at] = chosen[at + 1] = True
    for at in range(1, len(scored)):
        chosen[at] = chosen[at] or (chosen[at - 1] and weights[at] >= 1)
    for at in range(len(scored) - 2, -1, -1):
        chosen[at] = chosen[at] or (chosen[at + 1] and weights[at] >= LEANING)
    yield from (one for one, is_chosen in zip(scored, chosen, strict=True) if is_chosen)


def _score(folded: str, start: int, end: int) -> _Scored:
    """Weigh one sentence: the heaviest sign of each kind counts. What a customer says before the first sign is not part of it."""
    sentence = _without_reports(folded[start:end])
    signs = _signs(sentence)
    if not signs and injection_signs.shipped().turned.search(sentence):
        signs = {kind: (weight, 0) for turned in hidden_characters.turned(sentence) for kind, (weight, _) in _signs(turned).items()}
    weight = sum(heaviest for heaviest, _ in signs.values())
    if not signs:
        return _Scored("", 0.0, start, end)
    kind = max(signs, key=lambda one: signs[one][0])
    first = min(at for _, at in signs.values())
    return _Scored(kind, weight, start + _clause(sentence, first), end)


def _signs(sentence: str) -> dict[str, tuple[float, int]]:
    """Return the heaviest sign of each kind in a sentence, with its place."""
    signs: dict[str, tuple[float, int]] = {}
    for cue in injection_signs.shipped().signs:
        heaviest, first = signs.get(cue.kind, (0.0, len(sentence)))
        match = cue.says.search(sentence) if cue.weight > heaviest else None
        if match and not (cue.unless and cue.unless.search(sentence)):
            signs[cue.kind] = (cue.weight, min(match.start(), first))
    return signs


def _without_reports(sentence: str) -> str:
    """Blank what a customer quotes: words that a screen shows or somebody said are not theirs to a machine."""
    if not injection_signs.shipped().quoted.search(sentence):
        return sentence
    bare = injection_signs.shipped().quoted.sub(lambda quote: " " * len(quote[0]), sentence)
    return bare if injection_signs.shipped().reported.search(bare) and sum(weight for weight, _ in _signs(bare).values()) < LEANING else sentence


def _clause(sentence: str, at: int) -> int:
    """Return where the clause begins that holds place `at`, 0 when only a word or two stand before it."""
    begin = max((match.end() for match in _CLAUSE.finditer(sentence, 0, at + 2) if match.end() <= at + 2), default=0)
    return begin if len(sentence[:begin].split()) >= 3 else 0
