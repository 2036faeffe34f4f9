"""These run the real desk, with the local model, on a small help centre."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from retrieval import index
from service import asking, bootstrap
from service.answers import HandedOver
from service.bootstrap import Desks
from service.intake import Intake
from service.pipeline import Desk
from service.releases.serving import NoDesk
from service.settings import Settings
from service.storage import ticket_queries
from service.telemetry.prometheus import Metrics
from service.trace import Trace
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
    view = ticket_queries.get(desks.engine, received.id)
    assert view
    assert view.status == "answered"
    assert view.ticket
    assert (view.ticket.customer_name, view.ticket.urgency) == ("Ana López", "high")
    assert view.answer
    assert {citation.article for citation in view.answer.citations} == {"billing.md"}
    assert (view.degraded, view.cost.usd if view.cost else None) == (False, "0")
    desks.close()


def test_a_question_about_something_else_is_handed_over(desks: Desks) -> None:
    reached = asking.ask("Which wine goes with grilled octopus?", desks.choose(), Trace())
    assert isinstance(reached.reached, HandedOver)
    assert reached.reached.reason == "nothing_found"
    desks.close()


def test_without_a_snapshot_it_says_which_command_makes_one(settings: Settings) -> None:
    (settings.data_dir / "snapshots" / "current").unlink()
    desks = bootstrap.open_desks(settings)
    with pytest.raises(NoDesk, match="proofdesk ingest PATH"):
        desks.choose()
    desks.close()


@pytest.mark.parametrize("damage", ["vectors.faiss", "passages.jsonl", "manifest.json"])
def test_a_snapshot_that_was_cut_off_is_refused_by_name(settings: Settings, damage: str) -> None:
    name = index.current(settings.data_dir)
    assert name
    file = settings.data_dir / "snapshots" / name / damage
    file.write_bytes(file.read_bytes()[:-7])
    desks = bootstrap.open_desks(settings)
    with pytest.raises(NoDesk, match=name):
        desks.choose()
    desks.close()


def test_a_snapshot_built_by_an_encoder_that_is_not_there_is_refused_by_name(settings: Settings) -> None:
    name = index.current(settings.data_dir)
    assert name
    (settings.data_dir / "encoders").unlink()
    desks = bootstrap.open_desks(settings)
    with pytest.raises(NoDesk, match=f"snapshot {name} was built by encoder"):
        desks.choose()
    desks.close()


def test_a_second_start_answers_without_importing_what_is_slow(settings: Settings, desks: Desks) -> None:
    desks.close()
    program = (
        "import json, sys\n"
        "from service import asking, bootstrap\n"
        "from service.settings import Settings\n"
        "from service.trace import Trace\n"
        "reached = asking.ask('How long does a full charge of the battery take?', bootstrap.open_desks(Settings()).choose(), Trace())\n"
        f"print(json.dumps([type(reached.reached).__name__, [name for name in {HEAVY!r} if name in sys.modules]]))\n"
    )
    environment = {**os.environ, "PROOFDESK_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["Answer", []]


def test_the_local_model_is_the_last_route_and_a_provider_without_a_key_is_left_out(desks: Desks) -> None:
    reached = asking.ask("How long does a full charge of the battery take?", desks.choose(), trace := Trace())
    assert {attempt.provider for span in trace.spans for attempt in span.attempts} == {"local"}
    assert not reached.degraded
    desks.close()


@pytest.mark.parametrize("base_url", ["https://api.x.example/v1", "http://x.example:1/v1"])
def test_a_machine_from_which_no_connection_can_be_opened_costs_the_hosted_route_and_no_mail(
    settings: Settings, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    opened = bootstrap.open_desks(settings.model_copy(update={"openai_api_key": SecretStr("sk-1"), "openai_base_url": base_url}))
    reached = asking.ask("How long does a full charge of the battery take?", opened.choose(), trace := Trace())
    tried = [(one.provider, one.error) for span in trace.spans for one in span.attempts]
    assert tried == [("openai", "Misconfigured"), ("local", None)]
    assert reached.degraded
    opened.close()


@pytest.mark.parametrize("error", [ImportError("socksio"), FileNotFoundError(2, "none"), KeyError("x")])
def test_what_keeps_the_first_desk_from_being_built_is_told_to_who_asks(settings: Settings, error: Exception) -> None:
    def make(*parts: object) -> Desk:
        raise error

    opened = bootstrap.open_desks(settings)
    desks = Desks(opened.parts, make)
    with pytest.raises(NoDesk, match=type(error).__name__):
        desks.choose()
    desks.close()
