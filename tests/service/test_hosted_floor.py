"""The floor of the search stops a model that cannot judge for itself, and no other."""

from typing import Any

from retrieval.passages import Found
from service import pipeline
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
