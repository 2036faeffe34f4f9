"""A release: everything that can change an answer, in one file that can be compared line by line."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class ReleaseError(Exception):
    """A release file is missing, malformed, or pins something that is not there or has changed."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PinnedPrompt(_Strict):
    """A prompt folder by name, version and content."""

    name: str
    version: str
    sha256: str = ""


class RoutePin(_Strict):
    """One model that may be asked for one task, in the order of the file."""

    task: Literal["extract", "answer", "verify", "judge"]
    provider: str
    model: str
    timeout_s: float = Field(20.0, gt=0)
    max_output_tokens: int = Field(800, gt=0)
    temperature: float = Field(0.0, ge=0, le=2)


class Retrieval(_Strict):
    """How passages are found. A snapshot of "" means the data directory's current one; None means the snapshot's own calibrated value."""

    snapshot: str = ""
    passages: int = Field(6, ge=1, le=50)
    fusion_weight: float | None = Field(None, ge=0, le=1)
    floor: float | None = None


class Answering(_Strict):
    """What the local model answers by."""

    reader: str = Field("", description="sha256 of the arrays of the reader of answers; empty for the quoter fitted to the prompt folder")


class Discarding(_Strict):
    """What proves that nobody asks for anything in a mail."""

    reader: str = Field("", description="sha256 of the arrays of the reader of noise; empty: words and headers alone prove it")


class Checks(_Strict):
    """What an answer and a ticket must pass."""

    name_evidence: bool = True
    screening: bool = True
    form: bool = True
    quote: bool = Field(True, description="Without it a sentence is carried by the words it says it quotes, wherever they are from")
    agreement: bool = True
    policy: bool = True
    grounding: bool = Field(True, description="The link `coverage` of the check")
    sentence_support: float = Field(0.5, ge=0, le=1)


class Budgets(_Strict):
    """What one email and one day may cost, in US dollars, and how long one email may take, in seconds."""

    email_usd: float = Field(0.05, ge=0)
    day_usd: float = Field(20.0, ge=0)
    email_seconds: float = Field(60.0, gt=0)


class Policy(_Strict):
    """Which policy gates are on, and which addresses an answer may name besides those of its passages."""

    promises: bool = True
    claimed_actions: bool = True
    links: bool = True
    prompt_leak: bool = True
    other_language: bool = Field(False, description="An answer in another language than its passages may leave, though only its quotes are checked")
    to_a_person: tuple[str, ...] = ("safety_risk", "legal_notice", "security_breach")
    allowed_links: tuple[str, ...] = ()


class Privacy(_Strict):
    """Who reads how customers are reached: e-mail addresses, phone numbers, IP addresses.

    `kept` masks them for nobody, `hosted` for hosted models, `always` also for the local model and in all that is kept of a mail but its head.
    """

    contacts: Literal["kept", "hosted", "always"] = "hosted"


class Threshold(_Strict):
    """When a monitor trips: above `limit`, or where there is a baseline above baseline + `rise`, the higher of both; on `sample` or more."""

    limit: float | None = Field(None, ge=0)
    rise: float | None = Field(None, ge=0)
    sample: int = Field(12, ge=1)


def _beyond(limit: float | None, rise: float | None = None, sample: int = 12) -> Threshold:
    return Threshold(limit=limit, rise=rise, sample=sample)


class Monitors(_Strict):
    """What is watched while a release answers mail: shares of mails, unless the name says otherwise.

    The newest `window` mails of the last `hours` count. A trip needs a value beyond its threshold and a chance below `alpha` of being noise.
    Within `fresh_hours` of being put in use a release is fresh: a trip then rolls it back.
    """

    window: int = Field(40, ge=5, le=2000)
    hours: float = Field(24.0, gt=0)
    fresh_hours: float = Field(24.0, ge=0)
    alpha: float = Field(0.001, gt=0, lt=0.5)
    schema_failures: Threshold = _beyond(0.05, 0.05)
    repairs: Threshold = _beyond(0.15, 0.15)
    fallback: Threshold = _beyond(0.10, 0.10)
    unsupported: Threshold = _beyond(0.25, 0.25)
    struck: Threshold = _beyond(None, 0.15, 40)  # of checked sentences, for each link of the check by itself
    abstentions: Threshold = _beyond(None, 0.30)
    hand_overs: Threshold = _beyond(None, 0.30)
    discards: Threshold = _beyond(None, 0.30)
    failures: Threshold = _beyond(0.05, 0.05)
    unnamed: Threshold = _beyond(None, 0.35)
    injections: Threshold = _beyond(0.20, 0.20)
    urgency_mix: Threshold = _beyond(None, 0.35)  # distance between the shares of the levels, 0 to 1
    edits: Threshold = _beyond(0.30, 0.20, 10)  # of reviewed mails
    rejections: Threshold = _beyond(0.20, 0.15, 10)  # of reviewed mails
    cost_per_email: Threshold = _beyond(0.02, 0.005)  # US dollars, mean
    day_budget: Threshold = _beyond(0.80, None, 1)  # share of the day's budget that is spent
    burn: Threshold = _beyond(4.0, None, 1)  # speed of spending in the last hour; 1 would spend the day's budget in a day
    below_floor: Threshold = _beyond(None, 0.30)  # searches whose confidence stays under the floor
    confidence_shift: Threshold = _beyond(None, 0.25, 30)  # population stability index of the confidence of searches
    margin_shift: Threshold = _beyond(None, 0.60, 30)  # the same of the lead of the best passage over the second
    new_words: Threshold = _beyond(None, 0.25, 20)  # share of a question's words that the help centre does not have
    probes: Threshold = _beyond(0.10, 0.10, 1)  # probe questions that no longer find their article
    index_days: Threshold = _beyond(180.0, None, 1)  # age of the snapshot
    latency_ms: Mapping[str, float] = Field(
        default={"path": 20000.0, "screen": 500.0, "extract": 10000.0, "retrieve": 500.0, "answer": 15000.0, "check": 2000.0},
        description="95th percentile by stage; `path` is the whole",
    )
    latency_sample: int = Field(20, ge=1)


class Release(_Strict):
    """One release, as read from `release.toml`."""

    name: str
    created: str = ""
    why: str = ""
    extract_prompt: PinnedPrompt
    answer_prompt: PinnedPrompt
    verify_prompt: PinnedPrompt | None = Field(
        None, description="What the routes for `verify` are told, which look at each answer a second time; None: nobody does"
    )
    routes: tuple[RoutePin, ...] = ()
    retrieval: Retrieval = Retrieval()
    answering: Answering = Answering()
    discarding: Discarding = Discarding()
    checks: Checks = Checks()
    budgets: Budgets = Budgets()
    policy: Policy = Policy()
    privacy: Privacy = Privacy()
    monitors: Monitors = Monitors()

    @model_validator(mode="after")
    def _second_opinion_is_whole(self) -> Self:
        if (self.verify_prompt is None) != all(pin.task != "verify" for pin in self.routes):
            raise ValueError("a second opinion needs both a verify_prompt and a route for the task verify")
        return self

    @property
    def prompts(self) -> dict[str, PinnedPrompt]:
        """The prompts that it pins, by the names of their fields."""
        pins = {"extract_prompt": self.extract_prompt, "answer_prompt": self.answer_prompt, "verify_prompt": self.verify_prompt}
        return {field: pin for field, pin in pins.items() if pin is not None}


def seal(release: Release, prompts: Mapping[str, str], snapshot: str) -> str:
    """Return the sha256 over everything that can change an answer or a verdict about it.

    Only what the file says is in it, so a field that a later version adds changes no released seal. `prompts` gives the actual sha256 of every prompt by name and `snapshot` the one actually searched, whatever the file pins.
    """
    content = release.model_dump(mode="json", exclude={"name", "created", "why"}, exclude_unset=True)
    if release.verify_prompt is None:
        content.pop("verify_prompt", None)
    for field, pin in release.prompts.items():
        content[field]["sha256"] = prompts[pin.name]
    content["retrieval"] = content.get("retrieval", {}) | {"snapshot": snapshot}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load(path: Path) -> Release:
    """Read a release file. Raises ReleaseError naming the file and the field that is wrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as exc:
        raise ReleaseError(f"no release at {path}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ReleaseError(f"{path}: {exc}") from exc
    try:
        release = Release.model_validate(data)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors(include_url=False))
        raise ReleaseError(f"{path}: {faults}") from exc
    if release.name != path.parent.name:
        raise ReleaseError(f"{path}: name is {release.name!r}, but the folder is {path.parent.name!r}")
    return release
