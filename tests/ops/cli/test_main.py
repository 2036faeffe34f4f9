"""These run the commands as a user does, on the real desk and a small help centre."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.cli import main
from service.settings import Settings
from service.storage import database
from tests.service.fakes import mail


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """The JSON objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs a command in this process."""
    monkeypatch.setenv("PROOFDESK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["proofdesk", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code: object = 0
        try:
            main.main()
        except SystemExit as exc:
            code = exc.code or 0
        assert isinstance(code, int)
        return Ran(code, *capfd.readouterr())

    return ran


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "1.eml").write_bytes(mail("Charged twice", "1@x", "I was charged twice for October. How do I get it back?\n\nAna López"))
    (folder / "2.eml").write_bytes(mail("Octopus", "2@x", "Which wine goes with grilled octopus in Lisbon?\n\nBo"))
    return folder


def test_submit_prints_one_ticket_object_a_line_in_order(run: Run, inbox: Path) -> None:
    ran = run("submit", "--json", inbox / "1.eml", inbox)
    assert (ran.code, ran.err) == (0, "")
    assert [line["email"]["messageId"] for line in ran.lines] == ["1@x", "1@x", "2@x"]  # type: ignore[index]
    assert [line["status"] for line in ran.lines] == ["answered", "answered", "handedOver"]
    assert list(ran.lines[0]) == [
        "id", "status", "receivedAt", "email", "ticket", "answer", "handedOver", "discarded", "release", "degraded", "latencyMs", "cost", "unread",
        "struck", "outcome", "review",
    ]  # fmt: skip
    assert ran.lines[0] == ran.lines[1]


def test_submit_names_bad_input_goes_on_and_ends_with_2(run: Run, inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.eml").write_bytes(b"no mail at all")
    ran = run("submit", "--json", tmp_path / "bad.eml", tmp_path / "missing.eml", inbox / "1.eml")
    assert (ran.code, len(ran.lines)) == (2, 1)
    assert f"{tmp_path / 'bad.eml'}: not an email" in ran.err
    assert f"{tmp_path / 'missing.eml'}: there is no such file" in ran.err


def test_submit_reads_standard_input(run: Run) -> None:
    assert run("submit", "--json", "-", stdin=mail("How long does a full charge of the battery take?")).lines[0]["status"] == "answered"


def test_submit_shows_people_fields_citations_and_totals(run: Run, inbox: Path) -> None:
    ran = run("submit", inbox)
    assert ran.code == 0
    for expected in ("customerName", "billing.md", "2: 1 answered, 1 handedOver", "for a person:"):
        assert expected in ran.out


def test_ask_answers_one_line_each(run: Run) -> None:
    ran = run("ask", "-", "--json", stdin=b"How long does a full charge of the battery take?\n\nWhich wine goes with grilled octopus?\r\n")
    assert (ran.code, [line["outcome"] for line in ran.lines]) == (0, ["answered", "handedOver"])
    assert list(ran.lines[0]) == ["question", "outcome", "answer", "handedOver", "latencyMs", "struck"]
    assert "bikes/battery.md" in [citation["article"] for citation in ran.lines[0]["answer"]["citations"]]  # type: ignore[index]


def test_search_finds_as_many_passages_as_asked_for(run: Run) -> None:
    ran = run("search", "-", "--json", "-k", "3", stdin=b"hot battery\ninvoice\n")
    assert [(line["query"], len(line["passages"])) for line in ran.lines] == [("hot battery", 3), ("invoice", 3)]  # type: ignore[arg-type]
    assert list(ran.lines[0]["passages"][0]) == ["id", "article", "title", "heading", "text", "score"]  # type: ignore[index]
    assert ran.lines[0]["passages"][0]["article"] == "bikes/battery.md"  # type: ignore[index]


@pytest.mark.parametrize("command", [["submit", "x.eml"], ["ask", "why?"], ["search", "why"]])
def test_without_a_snapshot_each_says_which_command_to_run(run: Run, settings: Settings, command: list[str]) -> None:
    (settings.data_dir / "snapshots" / "current").unlink()
    ran = run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "proofdesk ingest PATH" in ran.err


def test_a_broken_snapshot_is_refused_by_name(run: Run, settings: Settings) -> None:
    current = settings.data_dir / "snapshots" / "current"
    file = settings.data_dir / "snapshots" / current.read_text().strip() / "vectors.faiss"
    file.write_bytes(file.read_bytes()[:-7])
    ran = run("search", "why")
    assert (ran.code, ran.out) == (2, "")
    assert "vectors.faiss was changed or cut off" in ran.err


def test_the_first_snapshot_is_used_at_once_and_a_later_one_when_asked(run: Run, settings: Settings, help_centre: Path, tmp_path: Path) -> None:
    shutil.rmtree(settings.data_dir / "snapshots")
    first = run("ingest", help_centre, "--json").lines[0]
    assert (first["inUse"], first["articles"]) == (True, 4)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "opening.txt").write_text("Opening hours\n\nThe shop is open from 9 to 18, Monday to Friday.")
    assert run("ingest", tmp_path / "other", "--json").lines[0]["inUse"] is False
    assert run("ingest", tmp_path / "other", "--json", "--activate").lines[0]["inUse"] is True
    assert run("search", "When is the shop open?", "--json").lines[0]["passages"][0]["article"] == "opening.txt"  # type: ignore[index]


def test_ingesting_the_same_again_embeds_nothing(run: Run, help_centre: Path) -> None:
    again = run("ingest", help_centre, "--json").lines[0]
    assert (again["embedded"], again["reused"]) == (0, again["passages"])


def test_ingest_names_what_it_skips_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.md").write_text("# Opening hours\n\nFrom 9 to 18.")
    (folder / "b.docx").write_bytes(b"PK\x03\x04")
    ran = run("ingest", folder, "--json")
    assert (ran.code, ran.lines[0]["articles"]) == (2, 1)
    assert "b.docx" in ran.err


def test_a_help_centre_without_an_article_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("ingest", tmp_path / "empty")
    assert (ran.code, "no article to index" in ran.err) == (2, True)


def test_a_setting_that_makes_no_sense_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFDESK_WORKERS", "many")
    ran = run("search", "why")
    assert (ran.code, "a setting is wrong: workers" in ran.err) == (2, True)


def test_a_database_that_cannot_be_opened_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFDESK_DATABASE_URL", "nonsense")
    ran = run("ask", "why?")
    assert (ran.code, "the database URL cannot be used" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "command", [["ask", " "], ["search", ""], ["serve", "--port", "99999"], ["serve", "--host", "256.1.1.1"], ["ingest", "nowhere"]]
)
def test_input_that_leads_nowhere_ends_with_2_and_no_traceback(run: Run, command: list[str]) -> None:
    ran = run(*command)
    assert ran.code == 2
    assert ran.err
    assert "Traceback" not in ran.err


def test_a_port_that_is_taken_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("serve", "--port", port)
    assert (ran.code, f"127.0.0.1:{port}" in " ".join(ran.err.split())) == (2, True)


def test_what_nobody_foresaw_is_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("service.bootstrap.open_shelf", fail)
    ran = run("search", "why")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "Traceback" not in ran.err


def test_demo_refuses_a_data_directory_with_another_help_centre(run: Run) -> None:
    ran = run("demo", "--no-serve")
    assert (ran.code, "PROOFDESK_DATA_DIR" in ran.err) == (2, True)


SLOW = {"sqlalchemy", "fastapi", "pydantic_settings", "numpy", "faiss", "onnxruntime"}
NOT_FOR_A_QUESTION = {
    "scipy", "sklearn", "threadpoolctl", "bm25s",  # what fits heads and builds snapshots
    "torch", "transformers", "sentence_transformers", "onnx",  # what exports encoders
    "alembic", "sqlalchemy.dialects.postgresql", "psycopg",  # what another database or an older one needs
    "genai_prices", "openai", "httpx2", "requests",  # what a hosted model needs
    "fastapi", "starlette", "uvicorn", "jinja2", "prometheus_client", "opentelemetry",  # what a server needs
    "pypdfium2", "mammoth", "markdown_it", "phonenumbers", "stdnum", "numpy.f2py", "evals", "ingestion.articles", "ingestion.build",
}  # fmt: skip


def loaded(arguments: list[str], settings: Settings | None = None) -> tuple[str, set[str]]:
    """Run a command in a process of its own; return what it printed, and every module that it loaded."""
    program = f"import sys; from ops.cli import main; sys.argv = ['proofdesk', *{arguments!r}]\ntry:\n    main.main()\nexcept SystemExit:\n    pass\n"
    program += "print(*sys.modules, file=sys.stderr)"
    environment = dict(os.environ, PROOFDESK_DATA_DIR=str(settings.data_dir)) if settings else None
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3], env=environment)
    return done.stdout + done.stderr, set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [[], ["--help"], ["submit", "--help"], ["ingest", "--help"], ["drill", "--help"]])
def test_help_answers_without_importing_what_is_slow(arguments: list[str]) -> None:
    printed, modules = loaded(arguments)
    assert "Usage" in printed
    assert modules & (SLOW | NOT_FOR_A_QUESTION) == set()


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (["ask", "How long does a full charge of the battery take?", "--json"], {"rich"}),
        (["ask", "How long does a full charge of the battery take?"], set()),
        (["search", "hot battery", "--json"], {"rich"}),
    ],
)
def test_a_question_is_answered_without_loading_what_it_does_not_need(settings: Settings, arguments: list[str], more: set[str]) -> None:
    engine = database.open_engine(settings.database)
    database.migrate(engine)  # a first start has more to do
    engine.dispose()
    printed, modules = loaded(arguments, settings)
    assert "battery.md" in printed
    assert modules & (NOT_FOR_A_QUESTION | more) == set()


def test_a_prompt_is_shown_without_building_a_desk(run: Run, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def built(*arguments: object) -> None:
        raise AssertionError("a desk was built")

    monkeypatch.setattr("service.bootstrap.build", built)
    ran = run("prompt", "show", "extract_ticket", "--email", inbox / "1.eml")
    assert (ran.code, "I was charged twice for October" in ran.out) == (0, True)


def test_ingest_dry_run_tells_what_would_change_and_builds_nothing(run: Run, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "fees.md").write_text("# Fees\n\nThe fee is one percent.\n")
    (folder / "plan.odt").write_bytes(b"PK")
    before = sorted(path.name for path in (settings.data_dir / "snapshots").iterdir())
    ran = run("ingest", folder, "--dry-run", "--json")
    assert ran.code == 2
    assert (ran.lines[0]["new"], ran.lines[0]["refused"][0]["path"]) == (["fees.md"], "plan.odt")  # type: ignore[index]
    assert ran.lines[0]["gone"]
    assert sorted(path.name for path in (settings.data_dir / "snapshots").iterdir()) == before


def test_articles_lists_what_is_found_and_cited(run: Run, inbox: Path) -> None:
    assert run("submit", "--json", inbox / "1.eml").lines[0]["status"] == "answered"
    listed = run("articles", "--json").lines
    assert all({"article", "title", "passages", "updated", "found", "cited"} <= one.keys() for one in listed)
    used = [one for one in listed if one["cited"]]
    assert used
    assert all(one["found"] == 1 for one in used)
