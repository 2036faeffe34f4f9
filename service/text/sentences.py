"""A text cut into sentences, each with its place in the text."""

import re
from dataclasses import dataclass

LONGEST = 600  # characters; a longer run without an end is cut, so that no "sentence" is a whole page
MOST = 400  # sentences read of one mail; what follows is appendix, log or table

_ABBREVIATIONS = (
    r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bProf)(?<!\bSt)(?<!\bNo)(?<!\bno)(?<!\bNr)(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bapprox)(?<!\bvs)"
    r"(?<!\bInc)(?<!\bLtd)(?<!\bz\.B)(?<!\bSr)(?<!\bSra)(?<!\bHr)(?<!\bFr)(?<!\bMme)(?<!\bbzw)(?<!\bca)(?<!\bref)(?<!\bRef)(?<!\b[A-Z])"
)
_END = re.compile(rf"(?:{_ABBREVIATIONS}\.|[!?…。！？]|\.{{3}})[\"'”’)\]]*(?=\s+\S)|[;](?=\s+[A-Z])")
_ORDINAL = re.compile(r"\b\d{1,2}\.\Z")  # "31. März": searched with an end, so \Z is where the sentence might end
_HALF_DAY = re.compile(r"\b[ap]\.m\.\Z", re.IGNORECASE)  # "until 5 p.m. on Sundays" goes on where a small letter follows
_BEFORE_NUMBER = re.compile(r"\b(?:kl|tel|tlf|abs|art|ext|fig|n[uú]m|nr|p|max|mind|höchst|inkl|zzgl|env)\.\Z", re.IGNORECASE)  # "senest kl. 18"
_NUMBER_NEXT = re.compile(r"\s+[+(]?\d")
_NOT_A_START = re.compile(r"\s+(?:[a-zäöüéàß]|(?i:jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)\w*\b)")
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)]|[a-z]\))\s+")
_BREAK = re.compile(r"[^\S\n]*\n\s*\n\s*|\n")


@dataclass(frozen=True)
class Sentence:
    """One sentence: its text on one line, and where it stands in the text it was cut from."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """Cut a text into sentences, in order. Hard-wrapped lines are joined; list items and headings stand alone."""
    sentences: list[Sentence] = []
    for start, end in _paragraphs(text):
        position = start
        for match in _END.finditer(text, start, end):
            if any(mark.search(text, position, match.end()) for mark in (_ORDINAL, _HALF_DAY)) and _NOT_A_START.match(text, match.end()):
                continue
            if _BEFORE_NUMBER.search(text, position, match.end()) and _NUMBER_NEXT.match(text, match.end()):
                continue
            _add(sentences, text, position, match.end())
            position = match.end()
        _add(sentences, text, position, end)
        if len(sentences) >= MOST:
            return sentences[:MOST]
    return sentences


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Give runs of lines that belong together: a line that reaches the margin goes on in the next one."""
    runs: list[tuple[int, int]] = []
    position = 0
    before = ""
    for line in text.splitlines(keepends=True):
        start, end = position, position + len(line)
        position = end
        if not line.strip():
            runs.append((end, end))
        elif runs and runs[-1][1] == start and runs[-1][0] < start and _goes_on(before, line):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
        before = line
    return [(start, end) for start, end in runs if text[start:end].strip()]


def _goes_on(before: str, line: str) -> bool:
    last = before.rstrip()
    if _LIST_ITEM.match(line) or (last.endswith((".", "!", "?", ":", ",")) and len(last) < 45):
        return bool(last.endswith(",") and not _LIST_ITEM.match(line) and len(last.split()) > 4)
    return len(last) >= 45 or line[:1].islower()


def _add(sentences: list[Sentence], text: str, start: int, end: int) -> None:
    while end - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        _append(sentences, text, start, cut)
        start = cut
    _append(sentences, text, start, end)


def _append(sentences: list[Sentence], text: str, start: int, end: int) -> None:
    raw = text[start:end]
    stripped = raw.strip()
    if any(character.isalnum() for character in stripped):
        first = start + raw.index(stripped[0])
        sentences.append(Sentence(" ".join(stripped.split()), first, first + len(stripped)))
