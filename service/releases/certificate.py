"""The certificate that lets a release into production: a passing report made from these very hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval import index
from retrieval.index import SnapshotError
from service import prompting, release
from service.local import training
from service.prompting import PromptFolder
from service.release import PinnedPrompt, Release, ReleaseError
from service.settings import Settings

CERTIFICATE = "gate.json"
FAILED = "gate.failed.json"  # of the last check, where it did not pass and a passing one is kept
Verdict = Literal["pass", "fail", "not enough evidence"]


class NotGated(Exception):
    """A release has no passing report made from what it is now. The message says what is missing or differs."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Kept):
    """How many of a number of mails something was seen in."""

    hits: int
    of: int


class Baseline(_Kept):
    """What the monitors measured on the mail that the release was checked with: shares, single values and counts of labels, by monitor."""

    mails: int = 0
    source: str = ""
    shares: Mapping[str, Share] = Field(default_factory=dict)
    values: Mapping[str, tuple[float, ...]] = Field(default_factory=dict)
    labels: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)


class Certificate(_Kept):
    """The verdict on a release, what it was made from, and the baseline measured with it."""

    release: str
    seal: str
    snapshot: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    at: datetime
    against: str | None = Field(None, description="The release that it was compared with")
    report: str | None = Field(None, description="The eval report behind the verdict")
    baseline: Baseline = Baseline()


def read(folder: Path, file: str = CERTIFICATE) -> Certificate | None:
    """Read the certificate in a release's folder, None where there is none. Raises ReleaseError for one that cannot be read."""
    path = folder / file
    try:
        return Certificate.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValidationError as exc:
        raise ReleaseError(f"{path}: not a certificate this version can read: {exc.errors(include_url=False)[0]['msg']}") from exc


def last(folder: Path) -> Certificate | None:
    """Read the certificate of a release's last check, passed or not, None where there was none. Raises ReleaseError."""
    held, failed = read(folder), read(folder, FAILED)
    return failed if failed and (held is None or held.at <= failed.at) else held


def pinned(pin: PinnedPrompt, prompts_dir: Path) -> PromptFolder:
    """Load a prompt. Raises PromptError, or ReleaseError where it is not the one that was pinned."""
    where = prompts_dir / pin.name / pin.version
    folder = prompting.opened(where) if pin.sha256 else prompting.load(where)  # the tables of a pinned one were read when it was pinned
    training.ruled(folder)  # a rubric that cannot be read stops here, forced or not, and not in a customer's mail
    if pin.sha256 and folder.sha256 != pin.sha256:
        raise ReleaseError(
            f"prompt {pin.name} {pin.version} was changed after it was released (sha256 {folder.sha256[:12]}…, pinned {pin.sha256[:12]}…): "
            "write a new version instead"
        )
    return folder


@dataclass(frozen=True)
class Usable:
    """What a release would run with now: the snapshot that it would search, and the seal over that and all that it pins."""

    snapshot: str
    seal: str


def usable(chosen: Release, settings: Settings) -> Usable:
    """See that all that a release pins is there, each prompt read once. Raises PromptError, ReleaseError, SnapshotError."""
    prompts = {pin.name: pinned(pin, settings.prompts_dir).sha256 for pin in chosen.prompts.values()}
    snapshot = chosen.retrieval.snapshot or index.current(settings.data_dir)
    if snapshot is None:
        raise SnapshotError("there is no help centre yet: run `proofdesk ingest PATH` with a folder of articles")
    index.read_manifest(settings.data_dir / "snapshots" / snapshot)
    return Usable(snapshot, release.seal(chosen, prompts, snapshot))


def require(chosen: Release, folder: Path, seal: str) -> Certificate:
    """Return the passing certificate of a release whose seal is now `seal`. Raises NotGated saying why there is none, ReleaseError.

    What was checked last with this seal counts: a release that failed since is refused, although its passing report is kept.
    """
    held = next((one for one in (last(folder), read(folder)) if one and one.seal == seal), read(folder))
    check = f"run `proofdesk release check {chosen.name}`"
    if held is None:
        raise NotGated(f"release {chosen.name} has no eval report: {check}")
    if held.seal != seal:
        raise NotGated(f"the report of release {chosen.name} was made from other hashes than it has now: {check} again")
    if held.verdict != "pass":
        because = "; ".join(held.reasons) or "no reason was given"
        raise NotGated(f"release {chosen.name} did not pass its gate ({held.verdict}): {because}")
    return held


def reason(chosen: Release, settings: Settings, why: str, force: bool) -> str:
    """Return the words to put on record for a move into production. Raises NotGated unless the move is forced, and what `usable` raises."""
    seal = usable(chosen, settings).seal
    try:
        require(chosen, settings.releases_dir / chosen.name, seal)
    except NotGated as exc:
        if not force:
            raise
        return f"forced past the gate ({exc}): {why}"
    return why
