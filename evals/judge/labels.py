"""Labelled cases, by which a judge is measured."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

LABELS = Path(__file__).parent.parent / "judged" / "labels.yaml"
ADOPTED, SECOND = "adopted.yaml", "second.yaml"
SUPPORTED, ANSWERS, BETTER = "supported", "answers", "better summary"  # the questions that a label answers
_PASSAGE = re.compile(r"(?:\A|\n\n)p\d+: ")

T = TypeVar("T", bound=BaseModel)


class LabelError(Exception):
    """The file of labelled cases is wrong. The message names the file, the line and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Strict):
    """What somebody says of a case: whether an answer is supported and answers, or which of two summaries is better."""

    id: str
    supported: bool | None = None
    answers: bool | None = None
    better: Literal["first", "second", "tie"] | None = None

    @property
    def verdicts(self) -> Mapping[str, str]:
        """The verdicts in words, by question."""
        said = {SUPPORTED: self.supported, ANSWERS: self.answers, BETTER: self.better}
        return {question: str(one) for question, one in said.items() if one is not None}


class Label(Said):
    """One case with its labels.

    An `answer` has a question, passages, an answer, and what is `wrong` with it; a `pair` has a mail and two summaries. `sort` says how the case was made.
    """

    kind: Literal["answer", "pair"]
    source: str
    sort: str = ""
    question: str = ""
    passages: str = ""
    answer: str = ""
    wrong: str = ""
    mail: str = ""
    first: str = ""
    second: str = ""

    @property
    def cited(self) -> tuple[str, ...]:
        """The passages one by one, without the labels p1, p2, … where they have any."""
        return tuple(part.strip() for part in _PASSAGE.split(self.passages) if part.strip())

    @property
    def material(self) -> str:
        """What other cases may be about as well: the passages or the mail."""
        return self.passages if self.kind == "answer" else self.mail


def load(path: Path = LABELS) -> tuple[Label, ...]:
    """Read the labelled cases, and those that production taught, where there are any beside them. Raises LabelError."""
    adopted = path.with_name(ADOPTED)
    return (*shipped(path), *(_read(adopted, Label) if adopted.is_file() else ()))


def shipped(path: Path = LABELS) -> tuple[Label, ...]:
    """Read the labelled cases without those that production taught: what the shipped recording of a judge is of. Raises LabelError."""
    return _read(path, Label)


def again(path: Path = LABELS) -> Mapping[str, Said]:
    """Return what was said of the cases a second time, by case; none where there was no second pass. Raises LabelError."""
    second = path.with_name(SECOND)
    return {one.id: one for one in (_read(second, Said) if second.is_file() else ())}


def _read(path: Path, shape: type[T]) -> tuple[T, ...]:
    try:
        text = path.read_text("utf-8")
        root, rows = yaml.compose(text, Loader=yaml.CSafeLoader), yaml.load(text, Loader=yaml.CSafeLoader)
        return tuple(TypeAdapter(list[shape]).validate_python(rows))  # type: ignore[valid-type]
    except FileNotFoundError as exc:
        raise LabelError(f"there is no file of labelled cases at {path}") from exc
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise LabelError(f"{path}:{line}: not YAML: {exc.problem}") from exc
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        place = fault["loc"][0] if fault["loc"] else 0
        line = root.value[place].start_mark.line + 1 if isinstance(place, int) and isinstance(root, yaml.SequenceNode) else 1
        raise LabelError(f"{path}:{line}: {'.'.join(map(str, fault['loc'][1:])) or 'label'}: {fault['msg']}") from exc
