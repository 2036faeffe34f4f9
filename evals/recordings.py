"""Completions that a provider gave, kept in a file, by which a hosted release is run again without a network."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from service.models import NOTHING_USED, Call, Completion, Model, ModelError, Refused, Task, Unusable, Usage, schemas
from service.models.blanks import tokens
from service.models.messages import Rendered
from service.models.routing import LOCAL, Route
from service.release import Release

FORMAT = 1
CASE: ContextVar[str] = ContextVar("case", default="")  # the case that is being run: what its calls are kept under
ANSWERS: tuple[type[ModelError], ...] = (Unusable, *Unusable.__subclasses__())  # errors that are what the model answered, and so are measured
UNUSABLE = frozenset(one.__name__ for one in ANSWERS)
Render = Callable[[Call], Rendered]


class RecordingError(Exception):
    """A recording cannot be used. The message names the file and the line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(_Strict):
    """Who answered, when, with which parameters, and in the recorder's words what they were given."""

    format: int = FORMAT
    provider: str
    model: str
    date: str
    parameters: Mapping[str, Any] = {}
    says: str = ""


class Row(_Strict):
    """One call and what came of it: a text, or the class and words of an error. `call` counts repairs from 0, `prompt` is its hash.

    Where the provider did not say how many tokens it took, they are estimated.
    """

    case: str
    task: str
    call: int = 0
    prompt: str
    text: str | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def failed(self) -> bool:
        """Tell whether the provider did not answer: not now, or not to this key."""
        return self.error is not None and self.error.partition(":")[0] not in UNUSABLE


Key = tuple[str, str, int]
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Recording:
    """The rows of a file, by case, task and number of the call; the last of two counts."""

    path: Path
    header: Header
    rows: Mapping[Key, Row]

    @property
    def cases(self) -> frozenset[str]:
        """The cases of which anything was recorded."""
        return frozenset(case for case, _, _ in self.rows)


def load(path: Path) -> Recording:
    """Read a recording: a header on the first line, a row on each other. Raises RecordingError."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise RecordingError(f"{path}: cannot be read: {exc}") from exc
    rows: dict[Key, Row] = {}
    header = _read(Header, lines[0], f"{path}:1")
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            row = _read(Row, line, f"{path}:{number}")
            rows[row.case, row.task, row.call] = row
    if header.format != FORMAT:
        raise RecordingError(f"{path}:1: format {header.format}, this version reads {FORMAT}")
    return Recording(path, header, rows)


def begun(path: Path, header: Header) -> Recording:
    """Return what a file holds already, nothing where there is none yet. Raises RecordingError where it is of another model than the header."""
    if not path.is_file() or not path.stat().st_size:
        return Recording(path, header, {})
    before = load(path)
    if (before.header.provider, before.header.model) != (header.provider, header.model):
        raise RecordingError(f"{path}: it is of {before.header.provider}/{before.header.model}, not of {header.provider}/{header.model}")
    return before


def opened(path: Path, header: Header) -> TextIO:
    """Open a file to be gone on with; a new one gets its header first."""
    file = path.open("a", encoding="utf-8")
    if not path.stat().st_size:
        file.write(header.model_dump_json() + "\n")
        file.flush()
    return file


def parameters(routes: Mapping[Task, Sequence[Route]], provider: str, model: str) -> dict[str, Any]:
    """Return what a model is asked with, as its routes pin it: the temperature and the most tokens of an answer, by task where tasks differ."""
    found = {task: route for task, listed in routes.items() for route in listed if (route.provider, route.model) == (provider, model)}
    by_task = {name: {task: getattr(route, name) for task, route in found.items()} for name in ("temperature", "max_output_tokens")}
    return {name: next(iter(values.values())) if len(set(values.values())) == 1 else values for name, values in by_task.items()}


def of_release(recording: Recording, chosen: Release) -> None:
    """Raise RecordingError where a release asks, for any task, another hosted model first than the recorded one: it would say nothing of that one."""
    name, asked = f"{recording.header.provider}/{recording.header.model}", {f"{pin.provider}/{pin.model}" for pin in chosen.routes}
    if name not in asked:
        raise RecordingError(f"{recording.path}: it is of {name}; release {chosen.name} asks {', '.join(sorted(asked))}")
    first = {pin.task: f"{pin.provider}/{pin.model}" for pin in reversed(chosen.routes) if pin.provider != LOCAL and pin.task != "judge"}
    if others := [f"{model} to {task}" for task, model in first.items() if model != name]:
        raise RecordingError(f"{recording.path}: it is of {name}; release {chosen.name} asks {' and '.join(sorted(others))}")


def _read(shape: type[T], line: str, place: str) -> T:
    try:
        return shape.model_validate_json(line)
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False)[0]
        raise RecordingError(f"{place}: {'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}") from exc


def prompt_hash(rendered: Rendered) -> str:
    """Return the hash of a prompt as it is sent, but for the random mark that is another one every time."""
    sent = [[one.role, one.content.replace(rendered.mark, "mark")] for one in rendered.messages]
    return hashlib.sha256(json.dumps(sent, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass
class Player:
    """A model that answers what was recorded for the case that is being run. Counts what had no recording, what was recorded with another prompt,
    and what its provider did not answer then; the second is answered all the same, the others are refused, which leaves them to the next route.
    """

    recording: Recording
    render: Render
    missing: TextIO | None = None
    provider: str = ""
    name: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)  # by task
    unmeasured: Counter[str] = field(default_factory=Counter)  # of these, the ones that say nothing of the model with these prompts
    drifted: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.provider, self.name = self.recording.header.provider, self.recording.header.model

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer as it was answered. Raises Refused where nothing was recorded, or what was recorded is an error."""
        rendered, case = self.render(call), CASE.get()
        row, prompt = self.recording.rows.get((case, call.task, len(call.complaints))), prompt_hash(rendered)
        with self._lock:
            self._count(row, case, call, rendered, prompt)
        if row is None:
            raise Refused(f"nothing was recorded for {call.task} of case {case}")
        if row.text is None:
            raise Refused(f"recorded: {row.error}")
        usage = Usage(row.input_tokens or rendered.tokens, 0, row.output_tokens or tokens(row.text), 0)
        return Completion(row.text, self.provider, self.name, usage)

    def _count(self, row: Row | None, case: str, call: Call, rendered: Rendered, prompt: str) -> None:
        drifted, failed = row is not None and row.prompt != prompt, row is not None and row.failed
        self.calls[call.task] += 1
        self.unmeasured[call.task] += row is None or drifted or failed
        self.counts["missing" if row is None else "answered"] += 1
        if failed:
            self.counts["failed"] += 1
        if drifted:
            self.drifted.add(case)
            self.counts["drifted"] += 1
        if row is None and self.missing:
            messages = [{"role": one.role, "content": one.content} for one in rendered.messages]
            wanted = {"key": prompt, "case": case, "task": call.task, "call": len(call.complaints), "prompt": prompt, "messages": messages}
            wanted["schema"] = schemas.strict(call.shape.model_json_schema())
            self.missing.write(json.dumps(wanted, ensure_ascii=False) + "\n")
            self.missing.flush()

    def as_data(self) -> dict[str, Any]:
        """Return what a report says of the recording and of what it was used for."""
        counts = {name: self.counts[name] for name in ("answered", "missing", "drifted", "failed")}
        return {
            "file": self.recording.path.name,
            **self.recording.header.model_dump(),
            **counts,
            "driftedCases": sorted(self.drifted),
            "tasks": {task: {"calls": of, "unmeasured": self.unmeasured[task]} for task, of in sorted(self.calls.items())},
            "told": self.says(),
        }

    def says(self) -> str:
        """Say in one line what was played, and how much of it fits the prompts of today."""
        header, counts = self.recording.header, self.counts
        words = f"{counts['answered']} calls answered as {header.provider}/{header.model} answered them on {header.date}"
        words += f"; {counts['drifted']} of them to other prompts than these (drift)" if counts["drifted"] else ""
        words += f"; {counts['failed']} of them failed when they were recorded and went to the next route" if counts["failed"] else ""
        return words + (f"; {counts['missing']} had no recording and went to the next route" if counts["missing"] else "")


@dataclass
class Recorder:
    """A model whose answers are kept in a file as they come, errors too. `asked` collects the cases that it was asked for."""

    model: Model
    render: Render
    file: TextIO
    lock: threading.Lock
    asked: set[str] = field(default_factory=set)
    provider: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        self.provider, self.name = self.model.provider, self.model.name

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer as the model does. Raises what it raises."""
        known: dict[str, Any] = {
            "case": CASE.get(), "task": call.task, "call": len(call.complaints), "prompt": prompt_hash(self.render(call))
        }  # fmt: skip
        try:
            given = self.model.complete(call, timeout)
        except ModelError as exc:
            self._keep(Row(**known, error=f"{type(exc).__name__}: {exc}"))
            raise
        self._keep(Row(**known, text=given.text, input_tokens=given.usage.input, output_tokens=given.usage.output))
        return given

    def _keep(self, row: Row) -> None:
        with self.lock:
            self.asked.add(row.case)
            self.file.write(row.model_dump_json(exclude_none=True) + "\n")
            self.file.flush()


@dataclass
class Continued:
    """A model that is asked, and its answer kept, only where a recording has no text for this very prompt: so a recording is gone on with.

    What the recording has was paid for when it was made, and uses nothing.
    """

    recording: Recording
    recorder: Recorder
    provider: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        self.provider, self.name = self.recorder.provider, self.recorder.name

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer as it was answered, or as the model does. Raises what the model raises."""
        row = self.recording.rows.get((CASE.get(), call.task, len(call.complaints)))
        if row is None or row.text is None or row.prompt != prompt_hash(self.recorder.render(call)):
            return self.recorder.complete(call, timeout)
        return Completion(row.text, self.provider, self.name, NOTHING_USED)
