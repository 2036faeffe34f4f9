"""What the path gives a hosted model that the local one has no use for: passages below the floor, a second search, the whole mail."""

from dataclasses import replace
from typing import Any

import pytest

from retrieval.passages import Found, Search
from service import pipeline
from service.answers import Draft
from service.local import extracts
from service.pipeline import Desk
from service.prompting import Readable
from service.questions import Question
from service.trace import Trace
from tests.service import fakes


def desk(hosted: bool) -> Desk:
    """Make a desk with or without a hosted model; its search is not confident where "unknown" is asked."""
    made = fakes.desk()
    routes: Any = made.routes
    routes.asks_hosted = hosted
    return made


def test_without_a_hosted_model_nothing_is_asked_below_the_floor() -> None:
    outcome = pipeline.handle(fakes.mail("Who pays an unknown charge back?"), desk(False), Trace())
    assert outcome.handed_over is not None
    assert outcome.handed_over.reason == "nothing_found"


def test_a_hosted_model_judges_for_itself_whether_the_passages_answer() -> None:
    outcome = pipeline.handle(fakes.mail("Who pays an unknown charge back?"), desk(True), Trace())
    assert outcome.answer is not None


def test_the_local_model_behind_it_keeps_to_the_floor() -> None:
    question = Question(Readable("Who pays?"), {"p1": Found(fakes.PASSAGE, 0.7, 0.7)}, answerable=False)
    nothing: Any = None
    assert extracts.quote(question, fakes.folder("answer_ticket"), nothing, nothing) == ({"sentences": []}, {})


class Remembering(fakes.FakeIndex):
    """Remembers what was searched with."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def search(self, question: str, k: int) -> Search:
        """Find the passage, and remember the question."""
        self.asked.append(question)
        return super().search(question, k)


class SureOfSummaries(fakes.FakeIndex):
    """Is confident of what a model said of the mail, and of nothing else."""

    def search(self, question: str, k: int) -> Search:
        """Find the passage, above the floor for a summary alone, which is the subject here."""
        return replace(super().search(question, k), confidence=0.9 if "." not in question else 0.1, floor=0.5)


@pytest.mark.parametrize(
    ("subject", "text", "answered"),
    [
        ("A parcel to the islands", "How long does it take until you have my parcel on the islands?", False),
        ("My invoice of October", "I have not been sent the invoice for the month of October yet.", False),
        ("Podwójne obciążenie", "Pobrano dwa razy opłatę za zamówienie, proszę o zwrot.", True),
        ("Doppelte Abbuchung", "Sie haben den Betrag für meine Bestellung zweimal abgebucht.", True),
    ],
)
def test_a_summary_alone_does_not_lift_an_english_mail_over_the_floor(subject: str, text: str, answered: bool) -> None:
    made = desk(True)
    routes: Any = made.routes
    routes.hosted = lambda task: task == "extract"  # and the local model answers
    outcome = pipeline.handle(fakes.mail(subject, text=text), replace(made, index=SureOfSummaries()), Trace())
    assert (outcome.answer is not None) == answered


@pytest.mark.parametrize(
    ("tasks", "asked"),
    [
        ({"extract"}, ["Late. Where is the parcel that I have ordered from you?"]),
        ({"extract", "answer"}, ["Late. Where is the parcel that I have ordered from you?", "Late"]),
    ],
)
def test_of_an_english_mail_only_a_hosted_model_reads_what_its_summary_finds(tasks: set[str], asked: list[str]) -> None:
    made, index = desk(True), Remembering()
    routes: Any = made.routes
    routes.hosted = lambda task: task in tasks
    pipeline.handle(fakes.mail("Late", text="Where is the parcel that I have ordered from you?"), replace(made, index=index), Trace())
    assert index.asked == asked


@pytest.mark.parametrize(("hosted", "asked"), [(False, 1), (True, 2)])
def test_where_a_hosted_model_read_the_mail_its_words_are_searched_with_too(hosted: bool, asked: int) -> None:
    index = Remembering()
    pipeline.handle(fakes.mail("Podwójne obciążenie", text="Pobrano dwa razy."), replace(desk(hosted), index=index), Trace())
    assert index.asked == ["Podwójne obciążenie. Pobrano dwa razy.", "Podwójne obciążenie"][:asked]


def test_a_mail_asks_with_its_date_its_subject_and_all_of_its_text() -> None:
    seen: list[Question] = []
    made = desk(True)
    routes: Any = made.routes
    complete = routes.complete

    def watched(call: Any, *given: Any) -> Any:
        seen.extend([call.prompt.material] if call.task == "answer" else [])
        return complete(call, *given)

    routes.complete = watched
    pipeline.handle(fakes.mail("Tea", text="One sentence. " * 300 + "And is it green?"), made, Trace())
    (question,) = seen
    assert question.whole is not None
    assert question.whole.startswith("Date: Wednesday 2026-10-14\nSubject: Tea\n\nOne sentence. ")
    assert question.whole.endswith("And is it green?")
    assert len(question.text) == pipeline.QUESTION


def test_a_question_in_another_language_goes_to_a_person_with_its_article() -> None:
    mail = fakes.mail("unknown Frage", text="Ich habe die Rechnung für Oktober nicht bekommen, wo finde ich sie?\n\nAna")
    reached = pipeline.handle(mail, desk(False), Trace()).handed_over
    assert reached is not None
    assert reached.reason == "nothing_found"
    assert reached.detail.endswith("the nearest article is Billing questions (billing.md)")
    assert isinstance(reached.draft, Draft)
    assert reached.draft.sources["p1"].passage == fakes.PASSAGE
