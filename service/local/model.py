"""The model that needs no provider: it reads a mail by what it learned from the prompt folder, and answers by quoting."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from retrieval.encoder import Remembering
from service.local import form_fields, names, summaries, urgency, writers
from service.local.extracts import quote
from service.local.names import Letter
from service.local.reading import Reading
from service.local.training import Fitting, Reader
from service.local.urgency import Sheet, Verdict
from service.models import Call, Completion, Refused
from service.prompting import PromptFolder
from service.screening.screening import Screened
from service.text import language
from service.tickets import SUMMARY_WORDS

_DETAIL = re.compile(
    r"[€£$]\s?\d[\d.,]*|\b\d[\d.,:]*\s?(?:€|£|\$|%|euros?|EUR|CHF|USD|GBP|kg|km|h|Uhr)?(?:\.?\s(?:de\s)?(?:[a-zéûäç]{3,}|[A-ZÄ][a-zäéç]+)(?=\b))?|\b[A-Z]{2,}[-/]?\d[\w/-]*"
)
WORTH_TELLING = 0.3  # how strongly a further sentence must speak for the same urgency to be added to the summary
NOT_NEUTRAL = ("tone", "machine_instruction", "thanks")
NOBODY = ("auto_reply", "bounce", "newsletter", "spam", "machine_notice")  # who writes these asks for no help and is not named
SURELY_NOBODY = 0.6
GRAVE_FROM = 0.6  # evidence that `high` needs in a language that the events were hardly learned in
MORE = 3  # further sentences tried
LANGUAGES = {"de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch", "pt": "Portuguese"}


class LocalModel:
    """Answers `extract` and `answer` calls on this machine, from the prompt folder's rubric and labelled examples."""

    provider = "local"
    name = "local"

    def __init__(self, fitting: Fitting, encoder: Remembering, reading: Reading | None = None) -> None:
        self._fitting = fitting
        self._encoder = encoder
        self._reading = reading or Reading(fitting, encoder)

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer a call. Complaints change nothing: the same mail read the same way gives the same ticket."""
        if call.task == "extract":
            answer, evidence = self._extract(call.mail, call.prompt.folder)
        elif call.task == "answer":
            answer, evidence = quote(call.question, call.prompt.folder, self._fitting.quoter(call.prompt.folder), self._encoder)
        else:
            raise Refused(f"the local model does not do {call.task!r}")
        return Completion(json.dumps(answer, ensure_ascii=False), self.provider, self.name, evidence=evidence)

    def _extract(self, screened: Screened, prompt: PromptFolder) -> tuple[dict[str, Any], dict[str, Any]]:
        reader, sheet = self._fitting.reader(prompt), self._reading.sheet(screened, prompt)
        verdict = urgency.decide(reader.judge, sheet, GRAVE_FROM if screened.language in LANGUAGES else urgency.EVIDENCE)
        name, ranked = self._name(screened, reader)
        if verdict.level == "none" and _most(sheet, reader, lambda event: event in NOBODY) >= SURELY_NOBODY:
            name = None
        is_understood = language.is_read(f"{screened.message.subject}\n{screened.text}")
        summary = summarise(sheet, verdict, reader, screened) if verdict.level != "none" and is_understood else None
        ticket = {"customerName": name, "issueSummary": summary, "urgency": verdict.level if summary else None}
        return ticket, {
            "rule": verdict.event,
            "says": verdict.unit.text if verdict.unit else None,
            "hoursLeft": verdict.hours if verdict.event == "deadline" else None,
            "advertises": round(_most(sheet, reader, lambda event: event in ("spam", "newsletter")), 3),
            "asks": round(_most(sheet, reader, lambda event: reader.judge.gives.get(event) in ("high", "medium", "by date")), 3),
            "urgency": {level: round(value, 3) for level, value in verdict.probabilities.items()},
            "names": [{"name": one.name, "source": one.source, "weight": round(weight, 3)} for one, weight in ranked[:5]],
        }

    def _name(self, screened: Screened, reader: Reader) -> tuple[str | None, list[tuple[names.Candidate, float]]]:
        letter = as_letter(screened)
        found = names.candidates(letter)
        chosen, ranked = writers.choose(reader.names, letter, found, self._encoder.encode([one.name for one in found]))
        filled_in = names.clean(form_fields.writer(screened.text) or "")
        return filled_in if filled_in and not names.is_organisation(filled_in) else chosen, ranked


def _most(sheet: Sheet, reader: Reader, counts: Callable[[str], bool]) -> float:
    """Return how surely one sentence of a mail reports one of some events."""
    columns = [place for place, event in enumerate(reader.judge.reader.labels) if counts(event)]
    return float(sheet.events[:, columns].max(initial=0.0))


def as_letter(screened: Screened) -> Letter:
    """Return the parts of a screened mail that can name its writer."""
    message = screened.message
    if screened.forwarded_from:  # only passed on: the writer is the original one, not who sent it here
        return Letter(screened.text, "", None, None, screened.forwarded_from)
    return Letter(screened.text, message.signature, message.sender.name, message.sender.address)


def summarise(sheet: Sheet, verdict: Verdict, reader: Reader, screened: Screened) -> str | None:
    """Say in one English sentence what decided; for other languages, what kind of thing it is and the sums and dates it names."""
    unit = verdict.unit
    if unit is None:
        return None
    if screened.language in LANGUAGES:
        return _in_english(screened.language, verdict, unit.text, reader.judge.tells)
    table = urgency.strengths(sheet, reader.judge.reader, reader.judge.gives, reader.judge.deadline_hours)[:, urgency.LEVELS.index(verdict.level)]
    ranked = sorted(range(len(sheet.units)), key=lambda row: -float(table[row]))
    others = [
        sheet.units[row].text
        for row in ranked
        if sheet.units[row].text != unit.text and (table[row] > WORTH_TELLING or sheet.units[row].sentence < 0)
    ]
    return summaries.neutral(unit.text, others[:MORE], verdict.event or "")


def _in_english(language: str, verdict: Verdict, unit_text: str, tells: Mapping[str, str]) -> str:
    """Say what kind of thing is told in another language, with the sums, dates and numbers that need no translation."""
    opening = f"Customer, writing in {LANGUAGES[language]}, {tells.get(verdict.event or '', 'asks for help')}"
    details = "; ".join(dict.fromkeys(match[0].strip() for match in _DETAIL.finditer(unit_text)))
    words = (f"{opening} ({details})." if details else f"{opening}.").split()
    return f"{opening}." if len(words) > SUMMARY_WORDS else " ".join(words)
