"""A model as judge: whether an answer is supported and answers, and which of two summaries is better, asked in both orders."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TextIO, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evals import recordings
from evals.recordings import Continued, Player, Recorder, Recording
from service import bootstrap, prompting, release
from service.models import Call, Completion, Model, Refused, Unacceptable, Usage, fencing, schemas
from service.models import messages as rendering
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Prices
from service.models.messages import ChatMessage, Rendered, Renderer
from service.models.routing import Route, Routes
from service.prompting import Material, Prompt, PromptError, PromptFolder
from service.releases import moves
from service.settings import Settings
from service.trace import Attempt

VERSION = "v1"
TOKENS_IN, TOKENS_OUT, CALLS = 2500, 200, 2  # of one judgement, on the high side
SECONDS = 60.0

T = TypeVar("T", bound=BaseModel)


class NoJudge(Exception):
    """There is no model to judge with."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Graded(_Strict):
    """What a judge says of an answer."""

    reason: str
    supported: bool
    answers: bool


class Preferred(_Strict):
    """Which of two summaries a judge prefers."""

    reason: str
    better: Literal["A", "B", "tie"]


@dataclass(frozen=True)
class Exhibit(Material):
    """What a judge is shown, by the names of its prompt's blanks."""

    blanks: Mapping[str, str]


@dataclass(frozen=True)
class Preference:
    """A comparison asked in both orders. `choice` is None where the judge changed its mind with the order: that is no score."""

    choice: Literal["first", "second", "tie"] | None
    reasons: tuple[str, str]


@dataclass(frozen=True)
class Judge:
    """Asks the judge routes of a release. `spent` collects every attempt."""

    routes: Routes
    answer: PromptFolder
    pair: PromptFolder
    model: str
    prices: Prices
    spent: list[Attempt]

    def grade(self, question: str, passages: str, answer: str) -> Graded:
        """Judge an answer. Raises ModelError."""
        return self._ask(self.answer, {"question": question, "passages": passages, "answer": answer}, Graded, "grade")

    def prefer(self, mail: str, first: str, second: str) -> Preference:
        """Compare two summaries in both orders. Raises ModelError."""
        try:
            one = self._ask(self.pair, {"mail": mail, "a": first, "b": second}, Preferred, "AB")
        finally:  # asked in any case: a recording that lacks both is told of both
            two = self._ask(self.pair, {"mail": mail, "a": second, "b": first}, Preferred, "BA")
        forth, back = _FORTH[one.better], _BACK[two.better]
        return Preference(forth if forth == back else None, (one.reason, two.reason))

    def say(self, prompt: str, shape: type[T]) -> T:
        """Have somebody else's prompt answered in a shape (ragas brings its own). Raises ModelError."""
        return self._ask(_FOREIGN, {"prompt": prompt}, shape, shape.__name__)

    def price(self, judgements: int) -> tuple[str, Decimal | None]:
        """Return the model asked and the most that so many judgements are likely to cost."""
        provider, _, model = self.model.partition("/")
        usage = Usage(TOKENS_IN * CALLS * judgements, 0, TOKENS_OUT * CALLS * judgements, 0)
        return self.model, self.prices.price(provider, model, usage, datetime.now(UTC))

    def _ask(self, folder: PromptFolder, blanks: Mapping[str, str], shape: type[T], part: str) -> T:
        """Ask, under the name of the case and the part that this is of it: a recording tells several questions about one case apart by it."""

        def accept(completion: Completion) -> T:
            try:
                return shape.model_validate_json(completion.text)
            except ValidationError as exc:
                fault = exc.errors(include_url=False, include_input=False)[0]
                raise Unacceptable(f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}") from exc

        call = Call("judge", Prompt(folder, Exhibit(blanks)), shape)
        case = recordings.CASE.set(f"{recordings.CASE.get()}/{part}")
        try:
            return self.routes.complete(call, accept, self.spent.append, time.monotonic() + SECONDS).value
        finally:
            recordings.CASE.reset(case)


_FORTH: Mapping[str, Literal["first", "second", "tie"]] = {"A": "first", "B": "second", "tie": "tie"}
_BACK: Mapping[str, Literal["first", "second", "tie"]] = {"A": "second", "B": "first", "tie": "tie"}


_FOREIGN = PromptFolder("foreign", "v0", "", {}, "You judge texts, as you are told.", "{{prompt}}", {}, {})


class JudgeRenderer(Renderer):
    """Renders a judge's call: what is judged stands fenced, because it may speak to the judge."""

    def render(self, call: Call, written_schema: bool = False, most_tokens: int = 0) -> Rendered:
        """Render a call; nothing is cut, for a judge that sees half is no judge."""
        folder, exhibit = call.prompt.folder, call.prompt.material
        if not isinstance(exhibit, Exhibit):
            raise PromptError(f"a judge is shown an exhibit, not a {type(exhibit).__name__}")
        mark = fencing.mark("\n".join(exhibit.blanks.values()))
        blanks = {name: text if folder is _FOREIGN else fencing.fence(text, mark) for name, text in exhibit.blanks.items()}
        blanks["rubric"] = yaml.safe_dump(dict(folder.rubric), sort_keys=False, allow_unicode=True, width=1000).strip()
        parts = [folder.instructions.strip(), *(() if folder is _FOREIGN else (fencing.FENCED,))]
        if written_schema:
            parts.append(f"{rendering.SCHEMA}\n{json.dumps(schemas.strict(call.shape.model_json_schema()), ensure_ascii=False)}")
        turns = [
            turn
            for rejected, complaint in zip(call.rejected, call.complaints, strict=True)
            for turn in (ChatMessage("assistant", rejected), ChatMessage("user", rendering.COMPLAINT.format(complaint=complaint)))
        ]
        messages = (
            ChatMessage("system", "\n\n".join(parts)),
            ChatMessage("user", folder.fill({name: blanks[name] for name in folder.blanks})),
            *turns,
        )
        return Rendered(messages, mark, rendering.estimate(messages), (), False)


class _Nobody:
    """Stands where the release's local model would: a judge has none."""

    provider = name = "local"

    def complete(self, call: Call, timeout: float) -> Completion:
        """Refuse."""
        raise Refused("the local model does not judge")


def open_judge(settings: Settings) -> Judge:
    """Build the judge of the release in use. Raises NoJudge where it has no judge route with a configured provider."""
    desks = bootstrap.open_desks(settings)
    chosen = release.load(settings.releases_dir / moves.active(desks.engine) / "release.toml")
    pins = tuple(pin for pin in chosen.routes if pin.task == "judge" and pin.provider in desks.parts.providers)
    if not pins:
        raise NoJudge(
            f'there is no judge: release {chosen.name} has no [[routes]] with task = "judge" whose provider has a key, so nothing judged is '
            "measured; add such a route to its release.toml and set the provider's key"
        )
    answer, pair = _prompts(settings.prompts_dir)
    routes = bootstrap.routes(desks.parts, chosen.model_copy(update={"routes": pins}), _Nobody(), JudgeRenderer())
    first = routes.listed()["judge"][0]
    return Judge(routes, answer, pair, f"{first.provider}/{first.model}", desks.parts.prices, [])


def _prompts(prompts_dir: Path) -> tuple[PromptFolder, PromptFolder]:
    return prompting.load(prompts_dir / "judge_answer" / VERSION), prompting.load(prompts_dir / "judge_pair" / VERSION)


def replayed(recording: Recording, prompts_dir: Path, missing: TextIO | None = None) -> tuple[Judge, Player]:
    """Return a judge that answers what was recorded, without a release or a network, and what counts its calls; prompts it lacks go to `missing`."""
    player = Player(recording, JudgeRenderer().render, missing)
    routes = Routes({"judge": [(Route(player.provider, player.name), player)]}, Breakers(time.monotonic), Budget(None), Prices())
    return Judge(routes, *_prompts(prompts_dir), f"{player.provider}/{player.name}", Prices(), []), player


def recorded(judge: Judge, recording: Recording, file: TextIO) -> Judge:
    """Return the same judge with all that its first model answers kept in a file; what a recording has of these very prompts is not asked again."""
    lock = threading.Lock()

    def wrap(route: Route, model: Model) -> Model:
        first = f"{route.provider}/{route.model}" == judge.model  # a recording is of one model
        return Continued(recording, Recorder(model, JudgeRenderer().render, file, lock)) if first else model

    return replace(judge, routes=judge.routes.through(wrap))
