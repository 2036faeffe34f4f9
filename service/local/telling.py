"""Which sentences of a mail its summary is made of."""

import re
from collections.abc import Sequence

from service.local import deadlines, glossary, summaries, urgency
from service.local.urgency import Judge, Rules, Sheet, Verdict
from service.text import language as languages
from service.text.word_runs import Floats
from service.tickets import SUMMARY_WORDS

_DETAIL = re.compile(r"[€£$]\s?\d[\d.,]*|\b\d[\d.,:]*\s?(?:€|£|\$|%|euros?\b|EUR\b|CHF\b|USD\b|GBP\b|kg\b|km\b)?|\b[A-Z]{2,}[-/]?\d[\w/-]*")
WORTH_TELLING = 0.3  # how strongly a further sentence must speak for the same urgency to be told before its neighbours
HALF = 0.5  # of the subject's strength that a sentence must have to be told in its place
MORE = 3  # further sentences tried
SAYS_NOTHING = frozenset({"tone", "thanks", "machine_instruction", "spam", "newsletter", "reassurance"})


def summarise(sheet: Sheet, verdict: Verdict, judge: Judge, subject: str, language: str) -> str | None:
    """Say in one English sentence what decided; for other languages, what kind of thing it is, what it names, and its sums and dates."""
    unit = verdict.unit
    if unit is None or verdict.level == "none":
        return None
    if language in languages.NAMES and language != "en":
        around = [unit.text, subject, *(one.text for one in sheet.units if abs(one.sentence - unit.sentence) == 1)]
        return _in_english(languages.NAMES[language], verdict, around, judge.rules)
    table = urgency.strengths(sheet, judge.reader, judge.rules)[:, urgency.LEVELS.index(verdict.level)]
    best = sheet.units.index(unit)
    if unit.sentence < 0 and len(sheet.units) > 1:  # the subject is a headline: a sentence that says nearly as much is told instead
        row = 1 + int(table[1:].argmax())
        best = row if table[row] > HALF * table[0] else best
    told, event = sheet.units[best], verdict.event or ""
    topic = subject if told.sentence >= 0 else ""
    return summaries.neutral(told.text, _others(sheet, best, table, judge)[:MORE], event, judge.rules.begins.get(event, ""), topic)


def _others(sheet: Sheet, best: int, table: Floats, judge: Judge) -> list[str]:
    """Return what else may be told: sentences that speak for the same urgency, then the neighbours of the one that decided."""
    body = [row for row, one in enumerate(sheet.units) if one.sentence >= 0 and row != best]
    strong = sorted((row for row in body if table[row] > WORTH_TELLING), key=lambda row: -float(table[row]))
    near = [row for row in (best + 1, best - 1) if row in body and row not in strong]
    near = [row for row in near if judge.reader.labels[int(sheet.events[row].argmax())] not in SAYS_NOTHING]
    return [sheet.units[row].text for row in strong + near]


def _in_english(language: str, verdict: Verdict, told: Sequence[str], rules: Rules) -> str:
    """Say what kind of thing is told in another language, what it names, and the sums, dates and numbers that need no translation.

    `told` is the deciding sentence and, best first, what else may be named.
    """
    event = verdict.event or ""
    opening = f"Customer, writing in {language}, {rules.begins.get(event) or rules.tells.get(event, 'asks for help')}"
    dates, rest = deadlines.dates(told[0])
    details = list(dict.fromkeys([*dates, *(match[0].strip(" .,:") for match in _DETAIL.finditer(rest))]))
    things = list(dict.fromkeys(word for text in told for word in glossary.named(text)))
    room = SUMMARY_WORDS - len(opening.split())
    while details and len(" ".join(details).split()) > room // 2:
        details.pop()
    room -= len(" ".join(details).split())
    while things and len(" ".join(things).split()) > room - 1:
        things.pop()
    return f"{opening}{': ' if things else ''}{', '.join(things)}{' (' + '; '.join(details) + ')' if details else ''}."
