"""The model that needs no provider: it reads a mail by what it learned from the prompt folder, and answers by quoting."""

import json
from collections.abc import Callable
from typing import Any

from retrieval.remembering import Remembering
from service.local import asked, form_fields, names, telling, urgency, writers
from service.local.answer_reader import AnswerReader
from service.local.extracts import quote
from service.local.names import Letter
from service.local.reading import Reading
from service.local.training import Fitting, Reader
from service.local.urgency import Sheet
from service.models import Call, Completion, Refused
from service.prompting import PromptFolder
from service.questions import Question
from service.screening.screening import Screened
from service.text import language

NOBODY = ("auto_reply", "bounce", "newsletter", "spam", "machine_notice")  # who writes these asks for no help and is not named
SURELY_NOBODY = 0.4  # of what a mail's sentences report, and how little one of them may ask: of 151 taught mails that ask nothing, read by
MAY_ASK = 0.5  # readers of other trades, 61 of 96 that name nobody were seen to be, and none of 55 that a person wrote


class LocalModel:
    """Answers `extract` and `answer` calls on this machine, from the prompt folder's rubric and labelled examples."""

    provider = "local"
    name = "local"

    def __init__(self, fitting: Fitting, encoder: Remembering, reading: Reading | None = None, answers: AnswerReader | None = None) -> None:
        self._fitting = fitting
        self._encoder = encoder
        self._reading = reading or Reading(fitting, encoder)
        self._answers = answers

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer a call. Complaints change nothing: the same mail read the same way gives the same ticket."""
        if call.task == "extract":
            answer, evidence = self._extract(call.mail, call.prompt.folder)
        elif call.task == "answer":
            answer, evidence = self._answer(call.question, call.prompt.folder)
        else:
            raise Refused(f"the local model does not do {call.task!r}")
        return Completion(json.dumps(answer, ensure_ascii=False), self.provider, self.name, evidence=evidence)

    def _answer(self, question: Question, prompt: PromptFolder) -> tuple[dict[str, Any], dict[str, Any]]:
        told = " ".join(found.passage.text for found in question.passages.values())
        if self._answers is None or language.is_foreign(question.text) or language.is_foreign(told):  # the reader was taught in English alone
            return quote(question, prompt, self._fitting.quoter(prompt), self._encoder)
        self._encoder.meet([asked.texts(found.passage) for found in question.passages.values()])
        return self._answers.answer(question, self._encoder)

    def _extract(self, screened: Screened, prompt: PromptFolder) -> tuple[dict[str, Any], dict[str, Any]]:
        reader, sheet = self._fitting.reader(prompt), self._reading.sheet(screened, prompt)
        verdict = urgency.decide(reader.judge, sheet, urgency.EVIDENCE if screened.language in ("en", "unknown") else urgency.GRAVE_ELSEWHERE)
        name, ranked = self._name(screened, reader)
        if verdict.level == "none" and is_nobodys(sheet, reader):
            name = None
        is_understood = language.is_read(f"{screened.message.subject}\n{screened.text}")
        summary = (
            telling.summarise(sheet, verdict, reader.judge, reader.teller, screened.message.subject, screened.language) if is_understood else None
        )
        ticket = {"customerName": name, "issueSummary": summary, "urgency": verdict.level if summary else None}
        return ticket, {
            "rule": verdict.event,
            "says": verdict.unit.text if verdict.unit else None,
            "hoursLeft": verdict.hours if verdict.event == "deadline" else None,
            "advertises": round(_most(sheet, reader, lambda event: event in ("spam", "newsletter")), 3),
            "asks": round(_most(sheet, reader, lambda event: reader.judge.rules.gives.get(event) in ("high", "medium", "by date")), 3),
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


def is_nobodys(sheet: Sheet, reader: Reader) -> bool:
    """Tell whether a mail is a machine's or an advertiser's by most of its sentences, none of which asks for anything."""
    columns = [place for place, event in enumerate(reader.judge.reader.labels) if event in NOBODY]
    asks = _most(sheet, reader, lambda event: reader.judge.rules.gives.get(event, "none") != "none")
    return len(sheet.units) > 1 and asks < MAY_ASK and float(sheet.events[:, columns].sum(axis=1).mean()) >= SURELY_NOBODY


def as_letter(screened: Screened) -> Letter:
    """Return the parts of a screened mail that can name its writer."""
    message = screened.message
    if screened.forwarded_from:  # only passed on: the writer is the original one, not who sent it here
        return Letter(screened.text, "", None, None, screened.forwarded_from)
    return Letter(screened.text, message.signature, message.sender.name, message.sender.address)
