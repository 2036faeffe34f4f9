"""How far a judge agrees with people: Cohen's kappa on labelled cases, with its interval."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evals import intervals
from evals.intervals import Estimate
from evals.judge.judge import Judge
from service.models import ModelError

LABELS = Path(__file__).parent.parent / "judged" / "labels.yaml"
ADOPTED = "adopted.yaml"
KEPT = "judge.json"

Progress = Callable[[int, int], None]


class LabelError(Exception):
    """The file of labelled cases is wrong. The message names the file, the line and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Strict):
    """One case with what people say of it.

    An `answer` has a question, passages, an answer, whether it is supported and answers, and what is `wrong` with it; a `pair` has a mail, two summaries, and which is better.
    """

    id: str
    kind: Literal["answer", "pair"]
    source: str
    question: str = ""
    passages: str = ""
    answer: str = ""
    wrong: str = ""
    supported: bool | None = None
    answers: bool | None = None
    mail: str = ""
    first: str = ""
    second: str = ""
    better: Literal["first", "second", "tie"] | None = None


@dataclass(frozen=True)
class Agreement:
    """Agreement on one question put to the judge: kappa with its interval, plain agreement, and how many cases got no verdict."""

    name: str
    kappa: Estimate | None
    agreed: Estimate | None
    unscored: int


@dataclass(frozen=True)
class Calibration:
    """A judge's agreement with people, question by question."""

    model: str
    cases: int
    agreements: tuple[Agreement, ...]

    def as_data(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    def says(self) -> str:
        """Say it in words, to be printed beside every judged score."""
        lines = [f"{self.model} on {self.cases} labelled cases:"]
        for one in self.agreements:
            if one.kappa is None or one.agreed is None:
                lines.append(f"  {one.name}: not scored ({one.unscored} without a verdict)")
                continue
            bounds = "" if one.kappa.low is None or one.kappa.high is None else f" [{one.kappa.low:.2f}, {one.kappa.high:.2f}]"
            lines.append(
                f"  {one.name}: kappa {one.kappa.value:.2f}{bounds}, agreement {one.agreed.value:.2f} (n={one.kappa.n}, {one.unscored} without a verdict)"
            )
        return "\n".join(lines)


def load(path: Path = LABELS) -> tuple[Label, ...]:
    """Read the labelled cases, and those that production taught, where there are any beside them. Raises LabelError."""
    adopted = path.with_name(ADOPTED)
    return (*_read(path), *(_read(adopted) if adopted.is_file() else ()))


def _read(path: Path) -> tuple[Label, ...]:
    try:
        text = path.read_text("utf-8")
        root, rows = yaml.compose(text, Loader=yaml.CSafeLoader), yaml.load(text, Loader=yaml.CSafeLoader)
        return tuple(TypeAdapter(list[Label]).validate_python(rows))
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


def measure(judge: Judge, labels: Sequence[Label], progress: Progress | None = None) -> Calibration:
    """Have the judge judge every labelled case; a case it gives no verdict on is counted, not scored."""
    pairs: dict[str, list[tuple[str, str]]] = {"supported": [], "answers": [], "better summary": []}
    unscored = dict.fromkeys(pairs, 0)
    for done, label in enumerate(labels, 1):
        for name, right, given in _judged(judge, label):
            if given is None:
                unscored[name] += 1
            else:
                pairs[name].append((right, given))
        if progress:
            progress(done, len(labels))
    return Calibration(judge.model, len(labels), tuple(_agreement(name, found, unscored[name]) for name, found in pairs.items()))


def _judged(judge: Judge, label: Label) -> list[tuple[str, str, str | None]]:
    try:
        if label.kind == "pair":
            return [("better summary", str(label.better), judge.prefer(label.mail, label.first, label.second).choice)]
        grade = judge.grade(label.question, label.passages, label.answer)
        return [("supported", str(label.supported), str(grade.supported)), ("answers", str(label.answers), str(grade.answers))]
    except ModelError:
        names = ["better summary"] if label.kind == "pair" else ["supported", "answers"]
        return [(name, "", None) for name in names]


def _agreement(name: str, pairs: Sequence[tuple[str, str]], unscored: int) -> Agreement:
    if not pairs:
        return Agreement(name, None, None, unscored)
    rows = np.array(pairs)
    return Agreement(name, intervals.resampled(rows, kappa, resamples=500), intervals.share([float(a == b) for a, b in pairs]), unscored)


def kappa(rows: npt.NDArray[np.str_]) -> float:
    """Return Cohen's kappa (1960) of two columns of labels; 0 where chance alone explains everything."""
    one, two = rows[:, 0], rows[:, 1]
    observed = float(np.mean(one == two))
    expected = float(sum(np.mean(one == name) * np.mean(two == name) for name in np.union1d(one, two)))
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def keep(found: Calibration, data_dir: Path) -> None:
    """Keep a calibration in the data directory, for reports with judged scores."""
    (data_dir / KEPT).write_text(json.dumps(found.as_data()) + "\n", "utf-8")


def kept(data_dir: Path) -> dict[str, Any] | None:
    """Return the last calibration, None before there is one."""
    place = data_dir / KEPT
    content: dict[str, Any] | None = json.loads(place.read_text("utf-8")) if place.is_file() else None
    return content
