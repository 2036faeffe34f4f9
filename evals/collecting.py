"""Takes completions that were collected elsewhere, prompt by prompt, into a recording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals import recordings
from evals.recordings import Header, RecordingError, Row


class _Asked(BaseModel):
    """A prompt as `--missing` writes it; what it says beyond this is for whoever answers it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    case: str
    task: str
    call: int = 0
    prompt: str


class _Given(BaseModel):
    """A completion: the key that its prompt was written with, and the text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    text: str = Field(min_length=1)


@dataclass(frozen=True)
class Collected:
    """How many calls were filled in, which cases' prompts have no completion, and which keys belong to none of the prompts."""

    filled: int
    left: tuple[str, ...]
    unknown: tuple[str, ...]


def fill(path: Path, asked: Path, given: Path, header: Header) -> Collected:
    """Add to a recording, made with `header` where there is none yet, the completions given to the prompts asked; one key may answer many calls.

    Raises RecordingError where a file cannot be read, or the recording is of another model.
    """
    prompts, texts = _rows(_Asked, asked), {one.key: one.text for one in _rows(_Given, given)}
    recordings.begun(path, header)
    rows = [Row(case=one.case, task=one.task, call=one.call, prompt=one.prompt, text=texts[one.prompt]) for one in prompts if one.prompt in texts]
    with recordings.opened(path, header) as file:
        file.writelines(row.model_dump_json(exclude_none=True) + "\n" for row in rows)
    return Collected(len(rows), tuple(one.case for one in prompts if one.prompt not in texts), _unknown(texts, prompts))


def _unknown(texts: Mapping[str, str], prompts: Sequence[_Asked]) -> tuple[str, ...]:
    return tuple(sorted(texts.keys() - {one.prompt for one in prompts}))


def _rows(shape: Any, path: Path) -> list[Any]:
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise RecordingError(f"{path}: cannot be read: {exc}") from exc
    return [_row(shape, line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _row(shape: Any, line: str, place: str) -> Any:
    try:
        return shape.model_validate_json(line)
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False)[0]
        raise RecordingError(f"{place}: {'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}") from exc
