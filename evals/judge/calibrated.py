"""What was last measured of the judge, for reports with judged scores."""

import json
from pathlib import Path
from typing import Any

KEPT = "judge.json"


def kept(data_dir: Path) -> dict[str, Any] | None:
    """Return the last calibration kept in a data directory, None before there is one."""
    place = data_dir / KEPT
    content: dict[str, Any] | None = json.loads(place.read_text("utf-8")) if place.is_file() else None
    return content
