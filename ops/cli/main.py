"""The command `proofdesk`."""

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import evals, keeping, models, privacy, tokens, watching
from ops.cli.shared import BAD_INPUT, FAILED, Json, complain, open_desks, read_settings, say, spans

if TYPE_CHECKING:  # everything that is slow to import is imported by the command that needs it: --help must answer at once
    from service.asking import Counts
    from service.bootstrap import Desks
    from service.settings import Settings
    from service.wire import Asked, Searched

app = typer.Typer(
    help="A support email in, a validated ticket and a cited answer out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time
)
app.add_typer(evals.app, name="eval")
app.add_typer(models.prompt, name="prompt")
app.add_typer(models.providers, name="providers")
app.command("costs")(models.costs_command)
watching.mount(app)
keeping.mount(app)
tokens.mount(app)
privacy.mount(app)


SWITCH_S = 0.001  # between two threads: the one that answers probes waits so long for each of the others that has something to compute

Open = Annotated[bool | None, typer.Option("--allow-open", help="Serve on an address that others reach although nobody needs a token.")]


def main() -> None:
    """Run the command line; an error that was foreseen is one line, and so is one that was not."""
    atexit.register(gc.freeze)  # everything goes with the process: looking through it for garbage at the end took a tenth of a question
    gc.set_threshold(50_000)  # importing makes no garbage: looking for it every 700 objects took an eighth of a start
    os.umask(0o077)  # what is written here holds customers' words: it is its owner's alone
    try:
        app()
    except BrokenPipeError:  # the reader has seen enough
        sys.stdout = None  # nothing is left to flush into
        sys.exit(0)
    except Exception as exc:  # the outer edge: a user is told what happened, not where in our code
        from ops.cli import errors

        sys.exit(errors.tell(exc))


@app.command()
def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the API when the tickets are printed.")] = True,
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to serve on.")] = None,
    allow_open: Open = None,
) -> None:
    """Index the sample help centre, run the sample inbox, print its tickets, then serve."""
    from ops.cli import demo

    settings = read_settings(host=host, port=port, allow_open=allow_open)
    desks = demo.run(settings)
    if serve:
        _serve(settings, desks)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on.")] = None,
    allow_open: Open = None,
) -> None:
    """Serve the API, with workers in the same process."""
    settings = read_settings(None, host=host, port=port, allow_open=allow_open)
    _serve(settings, open_desks(settings))


def _serve(settings: "Settings", desks: "Desks") -> None:
    import socket

    import uvicorn

    from ops.watch.drift import Health
    from ops.watch.watcher import Watcher
    from service import app as application
    from service.api import doors
    from service.api.connections import Bounded
    from service.telemetry.prometheus import Metrics
    from service.worker import Worker

    doors.see_to(settings, desks.engine)
    metrics = Metrics(spans(settings))
    desks.build_aside()
    made = application.make(settings, desks, Worker(desks.engine, desks.choose, metrics, settings.workers), metrics)
    try:
        listening = socket.create_server((settings.host, settings.port), family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    except OSError as exc:
        raise typer.BadParameter(f"cannot serve on {settings.host}:{settings.port}: {exc.strerror or exc}") from exc
    say(f"Serving on http://{settings.host}:{listening.getsockname()[1]} (API at /docs). Stop with Ctrl-C.")
    watcher = Watcher(desks.engine, settings, Health(settings))
    watcher.start()
    sys.setswitchinterval(SWITCH_S)
    try:
        config = uvicorn.Config(made, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=3, http=Bounded)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
        watcher.stop()


@app.command()
def worker() -> None:
    """Handle accepted emails without serving, until stopped."""
    import signal
    import threading

    from service.storage.damages import Damages
    from service.telemetry.prometheus import Metrics
    from service.worker import Worker

    settings = read_settings(None)
    desks = open_desks(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    working = Worker(desks.engine, desks.choose, Metrics(spans(settings)), settings.workers)
    Damages(desks.engine).look()
    working.start()
    stopping.wait()
    working.stop()


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders of articles: Markdown, MDX, HTML, text, PDF, .docx.")],
    activate: Annotated[bool, typer.Option("--activate", help="Use the new snapshot at once, though another one is in use.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change: articles new, changed, gone, and files refused.")] = False,
    as_json: Json = False,
) -> None:
    """Build a snapshot of a help centre. The first one of a data directory is used at once."""
    from ops.cli import ingest

    if dry_run:
        raise typer.Exit(ingest.rehearse(read_settings(), paths, as_json))
    raise typer.Exit(ingest.run(read_settings(), paths, activate, as_json))


@app.command("articles")
def articles_command(as_json: Json = False) -> None:
    """List the articles of the help centre in use: passages, dates, how often they were found and cited."""
    from ops.cli import articles

    for one in articles.listed(read_settings()):
        say(articles.line(one, as_json))


@app.command()
def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Mails (.eml, mbox, Maildir, - for standard input) and articles.")],
    as_json: Json = False,
) -> None:
    """Show what is read of mails and articles, before any model."""
    from ops.cli import read

    raise typer.Exit(read.run(files, as_json))


@app.command()
def submit(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help=".eml files, mboxes, Maildirs, folders of them, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Run emails through the pipeline and print their tickets."""
    from rich.console import Console

    from ops.cli import printing, submit

    settings = read_settings()
    desks = open_desks(settings)
    desks.choose()
    bad = failed = False
    views = []
    for one in submit.run(settings, desks, files):
        if isinstance(one, submit.Refused):
            complain(f"{one.name}: {one.why}")
            bad = bad or one.asked_for
            continue
        views.append(one.view)
        if one.failed:
            failed = True
            complain(f"{one.name}: could not be handled: {one.failed}")
        if as_json:
            say(one.view.model_dump_json(by_alias=True))
        else:
            Console().print(printing.ticket(one.view, one.discarded))
    if not as_json and len(views) > 1:
        Console().print(printing.totals(views))
    if bad or failed:
        raise typer.Exit(BAD_INPUT if bad else FAILED)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, or - for one a line on standard input.")] = "-",
    as_json: Json = False,
) -> None:
    """Answer questions from the help centre."""
    from service.asking import Enquiries

    settings = read_settings()
    desks = open_desks(settings)
    desks.choose()
    enquiries = Enquiries(desks.engine, _counts(settings))
    for text in _lines(question):
        _show(enquiries.ask(text, desks.choose()).said, as_json)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="The query, or - for one a line on standard input.")] = "-",
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    as_json: Json = False,
) -> None:
    """Find the passages of the help centre nearest to a query."""
    from service import bootstrap, wire

    shelf = bootstrap.open_shelf(read_settings())
    for text in _lines(query):
        _show(wire.passages(text, shelf.search(text, k).found), as_json)


def _counts(settings: "Settings") -> "Counts | None":
    """Return what counts questions where a collector is told of them; nobody else could read what this process has counted."""
    if not settings.otlp_endpoint:
        return None
    from service.telemetry.prometheus import Metrics

    return Metrics(spans(settings))


def _show(found: "Asked | Searched", as_json: bool) -> None:
    """Print what came of a question or a query: a line of JSON, or words for people, which take a library that is slow to import."""
    if as_json:
        say(found.model_dump_json(by_alias=True))
        return
    from rich.console import Console

    from ops.cli import printing

    printing.show(Console(), found)


@app.command()
def check(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE…]", help="JSON rows, or - for standard input.")] = None,
) -> None:
    """Hold sentences or answers against passages: one JSON row a line in ({"passages": […], "sentence" or "answer": …}), one a line out."""
    from ops.cli import check

    for line in check.run(read_settings(), files or ["-"]):
        say(line)


def _lines(given: str) -> Iterator[str]:
    """Give the question, or for `-` every line of standard input that is not blank."""
    if given != "-":
        if not given.strip():
            raise typer.BadParameter("there is nothing in it: ask something, or - to read lines from standard input")
        yield given
        return
    for line in sys.stdin.buffer:
        if text := line.decode("utf-8", "replace").replace("\x00", "").strip():
            yield text


if __name__ == "__main__":
    main()
