"""The commands about models: what would be sent, what providers can do, what calls have cost."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ops.cli.shared import FAILED, Json, now, open_all, read_settings, say

prompt = typer.Typer(help="Prompts as they would be sent.", no_args_is_help=True)
providers = typer.Typer(help="The model providers that the settings configure.", no_args_is_help=True)


@prompt.command("show")
def show(
    name: Annotated[str, typer.Argument(help="extract_ticket or answer_ticket, with the version after a slash if not the release's.")],
    email: Annotated[Path, typer.Option("--email", help="A raw mail to fill the prompt with.", exists=True, dir_okay=False)],
    model: Annotated[str, typer.Option(help="Model to price it for.")] = "gpt-4o-mini",
    provider: Annotated[str, typer.Option(help="Provider to price it for.")] = "openai",
) -> None:
    """Print exactly what would be sent to a hosted model for a mail, its estimated tokens and the most it can cost. Calls nothing."""
    from ingestion.mail import message as mail
    from service import bootstrap, pipeline, prompting, questions
    from service.arrays import Kept
    from service.models import Call, costs, messages
    from service.prompting import Prompt
    from service.questions import Question
    from service.releases import certificate
    from service.screening import screening
    from service.stages import answering
    from service.tickets import Ticket

    settings = read_settings()
    chosen = bootstrap.in_use(settings)
    shelf = bootstrap.shelf(settings.data_dir, chosen, bootstrap.snapshot_of(settings.data_dir, chosen))
    folders = {pin.name: certificate.pinned(pin, settings.prompts_dir) for pin in (chosen.extract_prompt, chosen.answer_prompt)}
    wanted, _, version = name.partition("/")
    folder = prompting.load(prompting.PROMPTS / wanted / version) if version else folders.get(wanted)
    if folder is None:
        raise typer.BadParameter(f"no prompt {wanted!r} in release {chosen.name}: it has {', '.join(sorted(folders))}")
    try:
        screened = screening.screen(mail.parse(email.read_bytes()))
    except mail.NotAnEmail as exc:
        raise mail.NotAnEmail(f"{email}: not an email: {exc}") from exc
    if wanted == "extract_ticket":
        call = Call("extract", Prompt(folder, screened), Ticket)
    else:
        question = pipeline.asked(screened)
        found = shelf.search(question, chosen.retrieval.passages).found
        call = Call("answer", Prompt(folder, Question(question, questions.label(found))), answering.Written)
    most = max((pin.max_output_tokens for pin in chosen.routes if pin.task == call.task), default=800)
    prices = costs.Prices(costs.load(settings.prices_dir), {provider: provider})
    rendered = bootstrap.renderer(shelf.snapshot.encoder, Kept(settings.data_dir / "fitted")).render(call)
    say(messages.show(rendered, most, lambda usage: prices.quote(provider, model, usage, now())))


@providers.command("check")
def check(as_json: Json = False) -> None:
    """Call every configured provider once whole and once streamed, with the model the release names for it, and say what works."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from service.models import provider_check

    settings, desks = open_all()
    routes = desks.choose().release.routes
    asked = {(pin.provider, settings.openai_model or pin.model if pin.provider == "openai" else pin.model): None for pin in routes}
    checked = [provider_check.check(desks.parts.providers[name], model) for name, model in asked if name in desks.parts.providers]
    if as_json:
        for row in checked:
            say(json.dumps(asdict(row)))
    elif not checked:
        say("no provider of the release is configured: every mail is handled by the local model. Set OPENAI_API_KEY or OPENAI_BASE_URL.")
    else:
        table = Table("provider", "model", "schema", "answer valid", "streaming", "usage", "ms", "error")
        for row in checked:
            marks = [_mark(row.valid), _mark(row.streaming), _mark(row.usage)]
            table.add_row(row.provider, row.model, row.schema or "?", *marks, f"{row.ms:.0f}" if row.ms else "?", row.error or "")
        Console().print(table)
    if any(row.error for row in checked):
        raise typer.Exit(FAILED)


def _mark(works: bool | None) -> str:
    return "?" if works is None else "yes" if works else "no"


def costs_command(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back.")] = 7,
    as_json: Json = False,
) -> None:
    """Report what calls to models have cost by day, release, provider, model and task; calls without a known price are counted, not hidden."""
    from rich.console import Console
    from rich.table import Table

    from ops.cli import spending
    from service.storage import database

    engine = database.open_engine(read_settings().database)
    database.migrate(engine)
    rows = spending.by_kind(engine, now() - timedelta(days=days))
    if as_json:
        for (day, release, provider, model, task), spent in rows.items():
            kind = {"day": day, "release": release, "provider": provider, "model": model, "task": task}
            sums = {"calls": spent.calls, "emails": len(spent.emails), "failed": spent.failed, "usd": str(spent.usd), "unpricedCalls": spent.unpriced}
            tokens = {"inputTokens": spent.input_tokens, "cachedTokens": spent.cached_tokens, "outputTokens": spent.output_tokens}
            say(json.dumps(kind | sums | tokens))
        return
    table = Table("day", "release", "route", "task", "calls", "failed", "tokens in", "cached", "out", "USD", "unpriced")
    for (day, release, provider, model, task), spent in rows.items():
        counts = [spent.calls, spent.failed, spent.input_tokens, spent.cached_tokens, spent.output_tokens]
        table.add_row(
            day[5:],
            release,
            model if provider == spending.LOCAL else f"{provider}/{model}",
            task,
            *map(str, counts),
            f"{spent.usd:.5f}",
            str(spent.unpriced),
        )
    Console().print(table)
