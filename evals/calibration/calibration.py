"""Holds raters against labelled cases, question by question."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals import recordings
from evals.calibration.raters import Rater
from evals.judge import agreement, calibrated
from evals.judge.agreement import Agreement, Rated
from evals.judge.labels import Label

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Calibration:
    """How far each rater agrees with the labels; `model` judged ("" where none did), `replay` says of which recording."""

    model: str
    cases: int
    agreements: tuple[Agreement, ...]
    replay: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return plain data, with the words that are printed beside judged scores."""
        return asdict(self) | {"says": self.says()}

    def says(self) -> str:
        """Say of the judge in words how far it agrees."""
        lines = [f"{self.model or 'no judge'} on {self.cases} labelled cases:"]
        for one in self.agreements:
            if one.rater == "judge":
                lines.append(f"  {one.question}: {_told(one)}")
        return "\n".join(lines)


def measure(raters: Sequence[Rater], labels: Sequence[Label], model: str = "", progress: Progress | None = None) -> Calibration:
    """Have every rater rate every case that has a label for its question; a case it gives no verdict on is counted, not scored."""
    rated: list[list[Rated]] = [[] for _ in raters]
    for done, label in enumerate(labels, 1):
        recordings.CASE.set(label.id)
        for rater, rows in zip(raters, rated, strict=True):
            if rater.about(label):
                rows.append(Rated(label.id, label.sort, label.material, label.verdicts[rater.question], rater.rate(label)))
        if progress:
            progress(done, len(labels))
    found = tuple(agreement.measure(one.name, one.question, rows, one.cut) for one, rows in zip(raters, rated, strict=True))
    return Calibration(model, len(labels), found)


def _told(one: Agreement) -> str:
    if one.kappa is None or one.agreed is None:
        return f"not scored ({len(one.unscored)} without a verdict)"
    bounds = "" if one.kappa.low is None or one.kappa.high is None else f" [{one.kappa.low:.2f}, {one.kappa.high:.2f}]"
    return f"kappa {one.kappa.value:.2f}{bounds}, agreement {one.agreed.value:.2f} (n={one.kappa.n}, {len(one.unscored)} without a verdict)"


def keep(found: Calibration, data_dir: Path) -> None:
    """Keep a calibration in the data directory, for reports with judged scores."""
    (data_dir / calibrated.KEPT).write_text(json.dumps(found.as_data()) + "\n", "utf-8")
