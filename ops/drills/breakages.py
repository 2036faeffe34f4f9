"""The faults that drills make: each turns the good release of a drill into a bad one, as somebody once did by mistake."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from evals import cases
from evals.cases import Suite
from ingestion import build
from ops import release_files
from ops.cli.demo import HELP_CENTRE
from service.bootstrap import Parts
from service.models import Call, Completion, Misconfigured, Model, Usage
from service.releases import moves
from service.releases.serving import StandIn

BAD = "broken"
UPSTREAM = "upstream"  # what stands in for a provider in a drill
STEADY, GONE, GRAND = "steady-1", "gone-1", "grand-1"
PRICES = {STEADY: (0.15, 0.60), GONE: (0.15, 0.60), GRAND: (30.0, 120.0)}  # US dollars a million tokens
TOKENS = {"extract": (1400, 90), "answer": (1100, 160)}  # about what a hosted model is sent and sends

KEPT_EVERY = 10  # rows of the broken prompt

Break = Callable[[Parts], Mapping[str, str]]


@dataclass(frozen=True)
class Breakage:
    """One fault: what it tells, how it is made (the changes of the bad release), which monitors may catch it, and what mail comes with it."""

    says: str
    make: Break
    caught_by: frozenset[str]
    runbook: str
    hosted: bool = False
    wave: Callable[[Suite], Sequence[bytes]] | None = field(default=None)


@dataclass
class Upstream:
    """A model on a provider that is none: it answers as the local one does, at the price of a hosted one, or says that it is gone."""

    name: str
    local: Model
    provider: str = UPSTREAM

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer a call. Raises Misconfigured for the model that was taken away."""
        if self.name == GONE:
            raise Misconfigured(f"the model {self.name} does not exist")
        sent, returned = TOKENS.get(call.task, (0, 0))
        return replace(self.local.complete(call, timeout), provider=UPSTREAM, model=self.name, usage=Usage(sent, 0, returned, 0))


def upstream(model: str, local: Model) -> Model:
    """Make the stand-in for a model of the provider `upstream`."""
    return Upstream(model, local)


STAND_INS: Mapping[str, StandIn] = {UPSTREAM: upstream}


def write_prices(folder: Path) -> None:
    """Write what the models of the stand-in cost."""
    rows = [
        {"provider": UPSTREAM, "model": name, "since": "2026-01-01", "input": str(price[0]), "output": str(price[1])}
        for name, price in PRICES.items()
    ]
    content = {"source": "made up for drills", "checked": f"{datetime.now(UTC):%Y-%m-%d}", "prices": rows}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "drill.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def write_good(parts: Parts, hosted: bool) -> None:
    """Write the good release of a drill: the first release as it is, on the stand-in where hosted models are part of the drill."""
    settings = parts.settings
    chosen = release_files.pin(settings, release_files.load(settings, moves.FIRST_RELEASE))
    routes = (
        tuple(one.model_copy(update={"provider": UPSTREAM, "model": STEADY}) for one in chosen.routes if one.provider != "local") if hosted else ()
    )
    made = chosen.model_copy(update={"routes": routes})
    (settings.releases_dir / moves.FIRST_RELEASE / "release.toml").write_text(
        release_files.as_toml(made.model_dump(mode="json", exclude_none=True)), "utf-8"
    )


def bad_prompt(parts: Parts) -> Mapping[str, str]:
    """Write the next version of the prompt as a bad export makes it: most rows lost, and the column of labels slipped against the texts."""
    prompts = parts.settings.prompts_dir / "extract_ticket"
    bad = prompts / f"v{1 + max(int(folder.name[1:]) for folder in prompts.glob('v*'))}"
    shutil.copytree(prompts / "v1", bad)
    _slip(bad / "sentences.jsonl", "event", KEPT_EVERY)
    _slip(bad / "examples.jsonl", "ticket", 1)
    _slip(bad / "names.jsonl", "person", 2)
    return {"prompts.extract_ticket": bad.name}


def _slip(path: Path, column: str, every: int) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()][::every]
    far = len(rows) // 3  # rows of one kind stand together: a slip by one would hardly be one
    labels = [row[column] for row in rows]
    moved = [{**row, column: label} for row, label in zip(rows, labels[far:] + labels[:far], strict=True)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in moved), "utf-8")


def lost_model(parts: Parts) -> Mapping[str, str]:
    """Ask for a model that the provider has taken away."""
    return {"routes.0.model": GONE, "routes.1.model": GONE}


def dear_model(parts: Parts) -> Mapping[str, str]:
    """Ask for a model that costs two hundred times as much, with the budget raised to let it."""
    return {"routes.0.model": GRAND, "routes.1.model": GRAND, "budgets.email_usd": "1.0"}


def half_index(parts: Parts) -> Mapping[str, str]:
    """Build a snapshot in which every other article is missing, as it was before they were written."""
    folder = parts.settings.data_dir / "half"
    paths = sorted(path for path in HELP_CENTRE.rglob("*") if path.is_file())[::2]
    for path in paths:
        target = folder / path.relative_to(HELP_CENTRE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return {"retrieval.snapshot": build.build([folder], parts.settings.data_dir).snapshot_name}


def no_screening(parts: Parts) -> Mapping[str, str]:
    """Switch screening off, as somebody did who wanted to save time."""
    return {"checks.screening": "false"}


def attacks(suite: Suite) -> Sequence[bytes]:
    """Return mails that give the machine orders."""
    chosen = [case for case in suite.only(["dev"]).attacks if case.kind == "attack" and case.channel == "email"]
    return [cases.composed(case) for case in chosen]


BREAKAGES: Mapping[str, Breakage] = {
    "bad-prompt": Breakage(
        "an export of the prompt lost rows, and its labels slipped against the texts", bad_prompt,
        frozenset({"discards", "urgency_mix", "hand_overs", "abstentions", "unnamed"}), "quality-regression",
    ),
    "provider-outage": Breakage(
        "the release asks for a model that its provider took away", lost_model, frozenset({"fallback"}), "provider-outage", hosted=True
    ),
    "stale-index": Breakage(
        "the release pins a snapshot in which half of the articles are missing", half_index,
        frozenset({"probes", "below_floor", "abstentions", "hand_overs", "new_words", "confidence_shift", "margin_shift"}), "index-corruption",
    ),
    "injection-wave": Breakage(
        "screening is off when a wave of mail comes that gives the machine orders", no_screening, frozenset({"injections", "abstentions"}), "injection-wave", wave=attacks
    ),
    "cost-spike": Breakage(
        "the release asks for a model that costs two hundred times as much", dear_model, frozenset({"cost_per_email", "burn", "day_budget"}), "cost-spike",
        hosted=True,
    ),
}  # fmt: skip
