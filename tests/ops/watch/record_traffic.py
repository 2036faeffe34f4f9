"""Records the traffic that the monitors are tested with: run the five drills, then `python -m tests.ops.watch.record_traffic FOLDER_OF_DRILLS`.

Ordinary mail is what the good release of the drills handled, faulty mail what the bad one did. What the monitors know about each mail is kept,
without a word of it; times are those that were measured.
"""

import json
import sys
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ops.drills.breakages import BAD, BREAKAGES
from ops.watch import drift, traffic
from ops.watch.traffic import Mail
from service import bootstrap, release
from service.releases.moves import FIRST_RELEASE as GOOD
from service.storage import database, emails

RECORDED = Path(__file__).parent / "recorded_traffic.json"
MOST_FAULTY, MOST_ORDINARY = 30, 150


def main(folder: Path) -> None:
    """Read the drills' databases, and write the file."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*/proofdesk.db")):
        name = path.parent.name.split("-", 1)[1]
        engine = database.open_engine(f"sqlite:///{path}")
        handled = {one: traffic.recent(engine, one, None, 1000) for one in (GOOD, BAD)}
        if name == "injection-wave":
            handled[BAD] = [replace(mail, flagged=traffic.is_flagged(emails.raw(engine, mail.id) or b"")) for mail in handled[BAD]]
        else:
            found["ordinary"] += _kept(path.parent, GOOD, handled[GOOD])
        if name in BREAKAGES and len(handled[BAD]) >= len(found[name]):
            found[name] = _kept(path.parent, BAD, handled[BAD])[:MOST_FAULTY]
        engine.dispose()
    found["ordinary"] = found["ordinary"][:MOST_ORDINARY]
    RECORDED.write_text(json.dumps(found, separators=(",", ":")) + "\n", "utf-8")


def _kept(folder: Path, name: str, mails: list[Mail]) -> list[dict[str, Any]]:
    path = folder / "releases" / name / "release.toml"
    if not mails or not path.is_file():
        return []
    chosen = release.load(path)
    words = drift.unknown_words(bootstrap.shelf(folder, chosen, chosen.retrieval.snapshot).snapshot.index)
    return [
        {**asdict(replace(mail, id="", question="")), "new_words": words(mail), "ms": {stage: round(ms, 1) for stage, ms in mail.ms.items()}}
        for mail in mails
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
