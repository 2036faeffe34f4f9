"""Which sentences of a mail its summary is made of."""

import itertools
import re
from collections.abc import Mapping, Sequence

from service.local import clauses, deadlines, facts, glossary, packing, summaries
from service.local.facts import Part, Teller
from service.local.urgency import Judge, Rules, Sheet, Verdict
from service.text import language as languages
from service.tickets import SUMMARY_WORDS

_DETAIL = re.compile(r"[€£$]\s?\d[\d.,]*|\b\d[\d.,:]*\s?(?:€|£|\$|%|euros?\b|EUR\b|CHF\b|USD\b|GBP\b|kg\b|km\b)?|\b[A-Z]{2,}[-/]?\d[\w/-]*")
ROOMS = (24, 23, 22, 21, 20, 18)  # words of a customer's own that are tried beside those that say who speaks, until all fits
VAGUE = frozenset(
    ("new", "old", "how", "possible", "change", "name", "house", "employee", "husband", "mother", "child")
)  # named last: they say little of a matter
_JOINTS = {"(": ", ", ")": " ", "–": " – ", "—": " – ", "-": " – ", ".": "; ", "!": "; "}  # how clauses are joined that stood apart like this


def summarise(sheet: Sheet, verdict: Verdict, judge: Judge, teller: Teller, subject: str, language: str) -> str | None:
    """Say in one English sentence what decided; for other languages, what kind of thing it is, what it names, and its sums and dates."""
    unit = verdict.unit
    if unit is None or verdict.level == "none":
        return None
    if language in languages.NAMES and language != "en":
        around = [unit.text, subject, *(one.text for one in sheet.units if abs(one.sentence - unit.sentence) == 1)]
        return _in_english(languages.NAMES[language], verdict, around, judge.rules)
    event = verdict.event or ""
    begins = judge.rules.begins.get(event, "")
    found = facts.parts(sheet, summaries.quiet)
    told = tell(found, facts.weigh(teller, sheet, verdict, judge, found), event, begins) if found else None
    return told or summaries.neutral([unit.text], event, begins)


def tell(found: Sequence[Part], weights: Mapping[str, float], event: str, begins: str) -> str | None:
    """Say in at most SUMMARY_WORDS words what a reader must know of an English mail's clauses. `begins` says what kind of thing is told."""
    told, topic = [""], ""
    for room in ROOMS:
        kept = [found[place] for place in packing.choose(found, weights, room)]
        topic = next((part.clause.text for part in kept if part.is_topic), "")
        body = [part for part in kept if not part.is_topic]
        told = [_together([part for part in body if part.unit == unit]) for unit in dict.fromkeys(part.unit for part in body)] or [topic]
        topic = topic if body else ""
        if len(summaries.said(told, event, begins, topic).split()) <= SUMMARY_WORDS:
            break
    return summaries.neutral(told, event, begins, topic)


def _together(parts: Sequence[Part]) -> str:
    """Put clauses of one sentence together, with commas where others were left out between them."""
    text = clauses.bare(parts[0].clause.text)
    for before, part in itertools.pairwise(parts):
        joint = _JOINTS.get(part.clause.joint.strip(), part.clause.joint) if part.place == before.place + 1 else ", "
        text += joint + part.clause.text
    return text + ("?" if parts[0].asks and not text.endswith("?") else "")


def _in_english(language: str, verdict: Verdict, told: Sequence[str], rules: Rules) -> str:
    """Say what kind of thing is told in another language, what it names, and the sums, dates and numbers that need no translation.

    `told` is the deciding sentence and, best first, what else may be named.
    """
    event = verdict.event or ""
    opening = f"Customer, writing in {language}, {rules.begins.get(event) or rules.tells.get(event, 'asks for help')}"
    details = list(dict.fromkeys(detail for text in told for detail in _details(text)))
    things = sorted(dict.fromkeys(word for text in told for word in glossary.named(text)), key=VAGUE.__contains__)
    room = SUMMARY_WORDS - len(opening.split())
    while details and len(" ".join(details).split()) > room // 2:
        details.pop()
    room -= len(" ".join(details).split())
    while things and len(" ".join(things).split()) > room - 1:
        things.pop()
    return f"{opening}{': ' if things else ''}{', '.join(things)}{' (' + '; '.join(details) + ')' if details else ''}."


def _details(text: str) -> list[str]:
    """Return the dates, sums and numbers of a text."""
    dates, rest = deadlines.dates(text)
    return [*dates, *(match[0].strip(" .,:") for match in _DETAIL.finditer(rest))]
