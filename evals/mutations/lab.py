"""A desk with everything that it takes to change it: prompts, release, model, index, screening, clock."""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from evals.cases import AttackCase
from evals.observation import Clock, Offices
from retrieval.remembering import Remembering
from service import bootstrap
from service.arrays import Kept
from service.bootstrap import Shelf
from service.local.answer_reader import AnswerReader
from service.local.model import LocalModel
from service.local.training import Fitting
from service.models import Model, Task
from service.models.costs import Budget, Prices
from service.models.messages import Renderer
from service.models.routing import Route, Routes
from service.pipeline import Desk, Index
from service.prompting import PromptFolder
from service.release import Release
from service.releases.serving import Parts
from service.screening.screening import Screened
from service.stages.check import coverage
from service.stages.check.chain import Checker

SEED = 4
Table = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Lab:
    """A desk with what it takes to change it. `planted` is the index with the attackers' articles, `foreign` those of foreign companies.
    `answers` is the reader of answers, where the release has one.

    `help_centres` builds other snapshots.
    """

    desk: Desk
    planted: Index
    parts: Parts
    encoder: Remembering
    kept: Kept
    fitting: Fitting
    attacks: Mapping[str, AttackCase]
    clock: Clock
    help_centres: Callable[[Sequence[str]], Shelf]
    foreign: Mapping[str, Index] = field(default_factory=dict)
    answers: AnswerReader | None = None
    seed: int = SEED

    @cached_property
    def rng(self) -> random.Random:
        """The source of chance of one mutation, the same whenever it is made."""
        return random.Random(self.seed)

    @property
    def offices(self) -> Offices:
        """The desks as cases are dealt to them: the changed desk, on every help centre."""
        foreign = {name: replace(self.desk, index=index) for name, index in self.foreign.items()}
        return Offices(self.desk, replace(self.desk, index=self.planted), foreign)

    @property
    def model(self) -> Model:
        """The local model, as it is."""
        return LocalModel(self.fitting, self.encoder, answers=self.answers)


def with_prompt(lab: Lab, extract: PromptFolder | None = None, answer: PromptFolder | None = None) -> Lab:
    """Return a lab whose desk uses other prompts, with everything that is learned from them learned anew."""
    extract, answer = extract or lab.desk.extract_prompt, answer or lab.desk.answer_prompt
    lab.fitting.reader(extract)  # now, so that a prompt which nothing can be learned from is not built, rather than failing mail by mail
    lab.fitting.quoter(answer)
    checker = Checker(lab.encoder, coverage.Learned(coverage.load(), lab.encoder))
    seen = bootstrap.events_seen(lab.fitting, extract, lab.encoder)
    return replace(lab, desk=replace(lab.desk, extract_prompt=extract, answer_prompt=answer, checker=checker, events_seen=seen))


def with_release(lab: Lab, **parts: Mapping[str, Any]) -> Lab:
    """Return a lab whose release has other values in some of its parts."""
    release: Release = lab.desk.release
    changed = {name: getattr(release, name).model_copy(update=dict(values)) for name, values in parts.items()}
    return replace(lab, desk=replace(lab.desk, release=release.model_copy(update=changed)))


def with_model(lab: Lab, model: Model) -> Lab:
    """Return a lab whose only model is another one."""
    routes = bootstrap.routes(lab.parts, lab.desk.release.model_copy(update={"routes": ()}), model, Renderer(lab.encoder.encode))
    return replace(lab, desk=replace(lab.desk, routes=routes))


def with_first_model(lab: Lab, model: Model, route: Route, asked: Sequence[Task] = ("extract", "answer")) -> Lab:
    """Return a lab with another model asked first for some tasks, the local one after it and for all else."""
    local = [(Route("local", "local"), lab.model)]
    tasks: tuple[Task, ...] = ("extract", "answer")
    routes = Routes({task: [(route, model), *local] if task in asked else local for task in tasks}, lab.parts.breakers, Budget(None), Prices())
    return replace(lab, desk=replace(lab.desk, routes=routes))


def with_index(lab: Lab, change: Callable[[Index], Index]) -> Lab:
    """Return a lab that searches otherwise, in every help centre."""
    foreign = {name: change(index) for name, index in lab.foreign.items()}
    return replace(lab, desk=replace(lab.desk, index=change(lab.desk.index)), planted=change(lab.planted), foreign=foreign)


def folder(prompt: PromptFolder, **changes: Any) -> PromptFolder:
    """Return a prompt folder with changes; under a hash of its own where they change what is learned from it, which takes long."""
    if changes.keys() <= {"instructions", "template", "meta"}:
        return replace(prompt, **changes)
    mark = hashlib.sha256(repr([prompt.sha256, sorted((name, repr(value)) for name, value in changes.items())]).encode()).hexdigest()
    return replace(prompt, sha256=mark, **changes)


def table(prompt: PromptFolder, name: str, rows: Table) -> PromptFolder:
    """Return a prompt folder with other rows in one table."""
    return folder(prompt, tables={**prompt.tables, name: list(rows)})


def with_screen(lab: Lab, screen: Callable[[Any], Screened]) -> Lab:
    """Return a lab that screens otherwise."""
    return replace(lab, desk=replace(lab.desk, screen=screen))
