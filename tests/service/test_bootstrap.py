"""These run the real desk, with the local model, on a small help centre."""

import pytest

from service import bootstrap
from service.bootstrap import Desks
from service.intake import Intake
from service.settings import Settings
from service.telemetry.prometheus import Metrics
from service.wire import NewEmail
from service.worker import Worker

HEAVY = ("torch", "sklearn", "ragas", "sentence_transformers", "transformers", "langchain", "openai", "alembic")


@pytest.fixture
def desks(settings: Settings) -> Desks:
    opened = bootstrap.open_desks(settings)
    opened.choose()
    return opened


def test_an_email_goes_in_and_a_cited_answer_comes_out_with_no_key(desks: Desks) -> None:
    given = NewEmail.model_validate(
            {"from": "Ana López <ana@x.example>", "subject": "Charged twice for October", "text": "Hello,\n\nmy card was charged twice for October. "
             "How do I get the second charge back?\n\nKind regards\nAna López"}
    )  # fmt: skip
    metrics = Metrics()
    worker = Worker(desks.engine, desks.choose, metrics, 0)
    received = Intake(desks.engine, metrics, worker).take(given)
    assert worker.run(received.id)
