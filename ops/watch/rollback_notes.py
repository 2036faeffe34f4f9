"""The note that every rollback leaves: what ran, what tripped, which mail it touched, what to do next."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ops.watch import traffic
from ops.watch.monitors import Reading
from ops.watch.traffic import Mail
from service.releases.moves import RolledBack
from service.storage import incidents

MOST_TOUCHED = 10_000
SHOWN = 50  # mails named in the note; the incident holds all ids


def write(
    engine: Engine, data_dir: Path, incident: str, rolled: RolledBack, who: str, why: str, now: datetime, tripped: Reading | None, runbook: str
) -> Path:
    """Keep the note on the incident and as Markdown under the data directory; return the file."""
    touched = traffic.recent(engine, rolled.left, rolled.since, MOST_TOUCHED)
    words = compose(rolled, who, why, now, tripped, runbook, touched)
    incidents.note(engine, incident, words)
    incidents.tell(engine, incident, now, f"rolled back from {rolled.left} to {rolled.restored}", _facts(rolled, touched, tripped))
    folder = data_dir / "incidents"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%S}-{rolled.left}-{incident[-6:]}.md"
    path.write_text(words, "utf-8")
    return path


def compose(rolled: RolledBack, who: str, why: str, now: datetime, tripped: Reading | None, runbook: str, touched: list[Mail]) -> str:
    """Write the note."""
    share = f", as a canary of {rolled.percent} %" if rolled.percent else ""
    since = f"{rolled.since:%Y-%m-%d %H:%M:%S} UTC" if rolled.since else "the beginning"
    ended = ", ".join(f"{count} {name}" for name, count in Counter(mail.ended for mail in touched).most_common()) or "none"
    lines = [
        f"# Rollback of release {rolled.left}",
        "",
        f"- What ran: release `{rolled.left}`{share}, from {since} to {now:%Y-%m-%d %H:%M:%S} UTC.",
        f"- What is in use now: release `{rolled.restored}`.",
        f"- Who: {who}.",
        f"- Why: {why}.",
        f"- What tripped: {told(tripped) if tripped else 'no monitor; a person decided'}.",
        f"- Mails it touched: {len(touched)} ({ended}).",
        "",
        "## What to do next",
        "",
        f"1. See what changes: `proofdesk release replay --release {rolled.left}"
        + (f" --since {rolled.since.isoformat()}`" if rolled.since else "`"),
        "2. Look through the mails below; write again to whoever got a wrong answer.",
        "3. Make a case of one that went wrong: `proofdesk incident case TICKET`",
        f"4. Find out why the gate let it pass: `proofdesk release diff {rolled.restored} {rolled.left}`, runbook `ops/runbooks/{runbook}.md`",
        "5. Close the incident: `proofdesk incident close ID --because …`",
        "",
        "## Mails",
        "",
        *(f"- {mail.id}: {mail.ended}" + (f" ({mail.reason})" if mail.reason else "") for mail in touched[:SHOWN]),
    ]
    if len(touched) > SHOWN:
        lines.append(f"- and {len(touched) - SHOWN} more: `GET /v1/tickets?release={rolled.left}`")
    return "\n".join(lines) + "\n"


def told(reading: Reading) -> str:
    """Say what a reading found, in one line."""
    value = "unknown" if reading.value is None else f"{reading.value:.3g}"
    parts = [f"{reading.monitor} {value} over {reading.sample}"]
    if reading.threshold is not None:
        parts.append(f"threshold {reading.threshold:.3g}")
    if reading.baseline is not None:
        parts.append(f"baseline {reading.baseline:.3g}")
    if reading.p is not None:
        parts.append(f"p {reading.p:.1e}")
    return ", ".join(parts)


def _facts(rolled: RolledBack, touched: list[Mail], tripped: Reading | None) -> dict[str, Any]:
    return {
        "left": rolled.left,
        "was": rolled.was,
        "restored": rolled.restored,
        "since": rolled.since.isoformat() if rolled.since else None,
        "tripped": told(tripped) if tripped else None,
        "mails": [mail.id for mail in touched],
    }
