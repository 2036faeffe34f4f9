"""Builds desks from settings and releases: the one place that reads settings and opens connections."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from retrieval import index, search
from retrieval.encoder import Encodes, Progress
from retrieval.index import Snapshot
from retrieval.kept_texts import KeptTexts
from retrieval.passages import Search
from retrieval.remembering import Remembering
from service import logs, release
from service.arrays import Kept, key
from service.local import answer_reader, noise
from service.local.answer_reader import AnswerReader
from service.local.model import LocalModel
from service.local.reading import Reading
from service.local.training import Fitting
from service.models import Model, ModelError, Task, costs
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.messages import Renderer
from service.models.providers import Provider, configured
from service.models.routing import LOCAL, Route, Routes
from service.pipeline import Desk, EventsSeen
from service.prompting import PromptFolder
from service.release import Privacy, Release, RoutePin
from service.releases import certificate, moves
from service.releases.serving import NOT_BUILT as NOT_BUILT
from service.releases.serving import Desks as Desks
from service.releases.serving import Parts as Parts
from service.releases.serving import snapshot_of as snapshot_of
from service.screening import screening
from service.screening.screening import Screened
from service.settings import Settings
from service.stages.check import coverage
from service.stages.check.chain import Checker
from service.storage import database, stored_files
from service.storage.spending import Spending
from service.text import language

SEEN = 0.5  # probability from which an event counts as seen by the policy


@dataclass(frozen=True)
class Shelf:
    """A snapshot as the pipeline searches it, with what the release says in place of the snapshot's own calibration."""

    snapshot: Snapshot
    floor: float | None = None
    weight: float | None = None

    def search(self, question: str, k: int) -> Search:
        """Find the k passages that best answer a question."""
        return search.search(self.snapshot, question, k, self.floor, self.weight, is_foreign=language.is_foreign(question))


def open_desks(settings: Settings, progress: Progress | None = None) -> Desks:
    """Open the database and everything that desks share; `progress` is told what is fitted. Raises DatabaseError, ProvidersError, PricesError."""
    engine = database.open_engine(settings.database, settings.sqlite_sync)
    database.migrate(engine)
    stored_files.close(settings.data_dir)
    found = configured(environment(settings), [name.strip() for name in settings.providers.split(",") if name.strip()], settings.providers_file)
    for line in found.left_out:
        logs.warn("provider.left_out", why=line)
    known_as = {one.name: one.prices_as for one in found.providers if one.prices_as}
    prices = Prices(costs.load(settings.prices_dir), known_as)
    return Desks(Parts(settings, engine, Breakers(time.monotonic), {one.name: one for one in found.providers}, prices, progress=progress), build)


def open_shelf(settings: Settings) -> Shelf:
    """Open the snapshot in use for searching alone, which needs no model. Raises NoDesk, DatabaseError, or one of NOT_BUILT."""
    chosen = in_use(settings)
    return shelf(settings.data_dir, chosen, snapshot_of(settings.data_dir, chosen))


def in_use(settings: Settings) -> Release:
    """Return the release in use. Raises DatabaseError, ReleaseError."""
    engine = database.open_engine(settings.database, settings.sqlite_sync)
    try:
        database.migrate(engine)
        return release.load(settings.releases_dir / moves.active(engine) / "release.toml")
    finally:
        engine.dispose()


def renderer(encoder: Encodes, kept: Kept, privacy: Privacy = Privacy()) -> Renderer:  # noqa: B008 (frozen)
    """Return what renders prompts with the examples most like the material, whose vectors are kept; contacts are hidden where a release has it so."""
    return Renderer(
        encoder.encode,
        keep=lambda prompt, make: kept.remembered(key("examples", prompt, encoder.name), make),
        hides_contacts=privacy.contacts != "kept",
    )


def shelf(data_dir: Path, chosen: Release, name: str) -> Shelf:
    """Open a snapshot as a release searches it. Raises SnapshotError."""
    return Shelf(index.open_snapshot(data_dir / "snapshots" / name, data_dir / "encoders"), chosen.retrieval.floor, chosen.retrieval.fusion_weight)


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that configure providers: `.env`, over it the environment, over it what the settings were given."""
    values = {name: value for name, value in dotenv_values(".env").items() if value is not None} | dict(os.environ)
    if settings.openai_api_key:
        values["OPENAI_API_KEY"] = settings.openai_api_key.get_secret_value()
    if settings.openai_base_url:
        values["OPENAI_BASE_URL"] = settings.openai_base_url
    return values


def build(parts: Parts, chosen: Release, snapshot_name: str) -> Desk:
    """Build the desk of a release on a snapshot; fits what is not fitted yet. Raises one of NOT_BUILT naming what is wrong."""
    data_dir = parts.settings.data_dir
    searched = shelf(data_dir, chosen, snapshot_name)
    encoder = Remembering(searched.snapshot.encoder, kept=kept_texts(data_dir, searched.snapshot.encoder.name))
    prompts_dir = parts.settings.prompts_dir
    extract_prompt, answer_prompt = (certificate.pinned(pin, prompts_dir) for pin in (chosen.extract_prompt, chosen.answer_prompt))
    verify_prompt = certificate.pinned(chosen.verify_prompt, prompts_dir) if chosen.verify_prompt else None
    kept = Kept(data_dir / "fitted")
    fitting = Fitting(kept, encoder, parts.progress)
    fitting.reader(extract_prompt)  # both now, once, rather than in the first two emails at the same time
    fitting.quoter(answer_prompt)
    answered_by = answers(chosen)
    reading = Reading(fitting, encoder)
    impression = partial(reading.impression, prompt=extract_prompt)
    hears_noise = noise.load(chosen.discarding.reader, encoder, impression) if chosen.discarding.reader else None
    renders = renderer(encoder, kept, chosen.privacy)
    if any(pin.provider in parts.providers for pin in chosen.routes):
        renders.prepare(extract_prompt)  # seconds that the first email's time should not pay for
        renders.prepare(answer_prompt)
    return Desk(
        release=chosen,
        extract_prompt=extract_prompt,
        answer_prompt=answer_prompt,
        routes=routes(parts, chosen, LocalModel(fitting, encoder, reading, answered_by), renders),
        index=searched,
        checker=Checker(encoder, coverage.Learned(coverage.load(), encoder)),
        events_seen=events_seen(fitting, extract_prompt, encoder, reading),
        verify_prompt=verify_prompt,
        screen=partial(screening.screen, contacts=chosen.privacy.contacts == "always", doubts=hears_noise.doubts if hears_noise else None),
        noise=hears_noise,
    )


def kept_texts(data_dir: Path, encoder: str) -> KeptTexts:
    """Return where a data directory keeps what an encoder makes of the texts of passages."""
    return KeptTexts(data_dir / "passages" / encoder, lambda why: logs.warn("passages.not_kept", why=why))


def answers(chosen: Release) -> AnswerReader | None:
    """Return the reader of answers that a release pins, None where it answers by the quoter. Raises ReaderError."""
    return answer_reader.load(chosen.answering.reader) if chosen.answering.reader else None


def routes(parts: Parts, chosen: Release, local: Model, renderer: Renderer) -> Routes:
    """Return the routes of a release: those whose provider is configured, and the local model at the end."""
    models: dict[Task, list[tuple[Route, Model]]] = {}
    endpoints: dict[str, Any] = {}
    for pin in chosen.routes:
        stand_in = parts.stand_ins.get(pin.provider)
        made = (_of(pin, pin.model), stand_in(pin.model, local)) if stand_in else _route(parts, pin, renderer, endpoints)
        if made:
            models.setdefault(pin.task, []).append(made)
    for task in ("extract", "answer"):
        models.setdefault(task, []).append((Route(LOCAL, local.name), local))
    budgets = chosen.budgets
    spending = Spending(parts.engine)
    day = Budget(Decimal(str(budgets.day_usd)), "day", lambda: spending.since(_midnight()))
    return Routes(models, parts.breakers, day, parts.prices, Decimal(str(budgets.email_usd)))


def _route(parts: Parts, pin: RoutePin, renderer: Renderer, endpoints: dict[str, Any]) -> tuple[Route, Model] | None:
    provider = parts.providers.get(pin.provider)
    if provider is None:  # not configured, which was said at the start; or `local`, which comes last anyway
        return None
    from service.models import openai  # over a second to import, and most desks have no hosted model

    name = parts.settings.openai_model or pin.model if pin.provider == "openai" else pin.model
    if provider.name not in endpoints:
        endpoints[provider.name] = _endpoint(provider)
    endpoint = endpoints[provider.name]
    if isinstance(endpoint, str):
        return _of(pin, name), openai.Closed(pin.provider, name, endpoint)
    model = openai.HostedModel(provider, name, renderer.render, pin.max_output_tokens, pin.temperature, endpoint)
    return _of(pin, name), model


def _endpoint(provider: Provider) -> Any:
    """Return the connections to a provider, or why there can be none: that is its route's failure, and keeps no desk from being built."""
    from service.models import openai

    try:
        return openai.Endpoint(provider)
    except Exception as exc:  # whatever its libraries choke on
        logs.failed("provider.unusable", exc, provider=provider.name)
        return str(exc) if isinstance(exc, ModelError) else f"no connection can be opened ({type(exc).__name__})"


def _of(pin: RoutePin, name: str) -> Route:
    return Route(pin.provider, name, pin.timeout_s, pin.max_output_tokens, pin.temperature)


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def events_seen(fitting: Fitting, prompt: PromptFolder, encoder: Remembering, reading: Reading | None = None) -> EventsSeen:
    """Return a function that says which events a mail reports, whatever model wrote its ticket; `reading` may have read the mail already."""
    read = reading or Reading(fitting, encoder)

    def seen(screened: Screened) -> frozenset[str]:
        reader, sheet = fitting.reader(prompt).judge.reader, read.sheet(screened, prompt)
        if not sheet.units:
            return frozenset()
        return frozenset(label for label, likely in zip(reader.labels, sheet.events.max(0), strict=True) if likely >= SEEN)

    return seen
