"""Labelled mail of anybody, from a CSV file, scored by the metrics that its labels allow."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, formataddr
from pathlib import Path

from pydantic import ValidationError

from evals import results, run
from evals.bench import Bench
from evals.cases import MailCase, RightTicket, Suite
from evals.external import formats
from evals.external.formats import ExternalError
from evals.results import Header, Results
from evals.run import Progress
from evals.scorers import metrics
from evals.scores import Metric

TEXTS = ("body", "text", "message")
NULLS = ("", "null", "none")
LABELS: Mapping[str, tuple[str, ...]] = {  # what a column of labels lets be measured
    "urgency": ("urgency_right", "urgency_label", "high_recall", "high_precision", "discard_right", "discarded_wrongly"),
    "customer_name": ("name_folded", "name_exact", "name_invented", "name_missed", "name_wrong"),
    "facts": ("summary_facts",),
}
ALWAYS = ("crashed", "schema_valid", "summary_length", "summary_faithful", "ms")


@dataclass(frozen=True)
class Labelled:
    """Mails as cases, in a folder as a suite has them, with the metrics that their labels allow."""

    suite: Suite
    metrics: tuple[Metric, ...]


@contextmanager
def load(path: Path) -> Iterator[Labelled]:
    """Read a CSV file with a head row: body (or text, message), subject, from_name, from_address, date, language, and the labels customer_name,
    urgency, summary, facts (parted by `;`, alternatives by `|`). Empty and `null` are null; a label without a column is not scored.

    Raises ExternalError naming the line.
    """
    rows = formats.rows(path)
    if not rows:
        raise ExternalError(f"{path}: there is no mail in it")
    columns = {name.strip().lower() for name in rows[0] if name}
    text = next((name for name in TEXTS if name in columns), None)
    if text is None:
        raise ExternalError(f"{path}:1: no column of mail text; there are: {', '.join(sorted(columns)) or 'none'} ({', '.join(TEXTS)} are known)")
    if not columns & LABELS.keys():
        raise ExternalError(f"{path}:1: no column of labels; there are: {', '.join(sorted(columns))} ({', '.join(LABELS)} are known)")
    names = (*(name for label, listed in LABELS.items() if label in columns for name in listed), *ALWAYS)
    with tempfile.TemporaryDirectory(prefix="mails-") as scratch:
        folder = Path(scratch)
        (folder / "mails").mkdir()
        cases = tuple(_case(folder, {(key or "").strip().lower(): value or "" for key, value in row.items()}, text, f"{path}:{number}", number)
                      for number, row in enumerate(rows, 2))  # fmt: skip
        yield Labelled(Suite(cases, folder), tuple(one for one in metrics.METRICS if one.name in names))


def _case(folder: Path, row: Mapping[str, str], text: str, place: str, number: int) -> MailCase:
    name = f"line-{number}"
    try:
        (folder / "mails" / f"{name}.eml").write_bytes(_raw(row, text, name))
        urgency = _null(row.get("urgency", ""))
        right = RightTicket.model_validate(
            {
                "customerName": _null(row.get("customer_name", "")),
                "issueSummary": _null(row.get("summary", "")) or ("not given" if urgency or row.get("facts") else None),
                "urgency": urgency.lower() if urgency else None,
                "facts": tuple(fact.strip() for fact in row.get("facts", "").split(";") if fact.strip()),
            }
        )
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        raise ExternalError(f"{place}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from exc
    except (ValueError, MessageError) as exc:
        raise ExternalError(f"{place}: {exc}") from exc
    return MailCase(
        id=name, group=name, split="dev", source=place, kind="golden", trade="external", mail=f"{name}.eml", rule="as it was labelled",
        language=row.get("language") or "en", expected=right,
    )  # fmt: skip


def _raw(row: Mapping[str, str], text: str, name: str) -> bytes:
    message = EmailMessage(SMTPUTF8.clone(refold_source="none"))
    address = row.get("from_address") or "unknown@mail.example"
    message["From"] = formataddr((" ".join(row.get("from_name", "").split()), address.strip()), "utf-8")
    message["Subject"] = " ".join(row.get("subject", "").split())
    if row.get("date"):
        message["Date"] = format_datetime(datetime.fromisoformat(row["date"]))
    message["Message-ID"] = f"<{name}@external.example>"
    message.set_content(row[text])
    return message.as_bytes()


def _null(cell: str) -> str | None:
    return None if cell.strip().lower() in NULLS else cell.strip()


def score(labelled: Labelled, bench: Bench, now: datetime, progress: Progress | None = None, jobs: int = 1) -> Results:
    """Run the mails through the desk of a release and score them."""
    seen = run.observe(labelled.suite, bench.offices, progress, jobs)
    header = Header(f"{now:%Y%m%dT%H%M%S}-external", now.isoformat(timespec="seconds"), bench.release.name, "external", (), run.made_of(bench), 0.0)
    return Results(header, results.slices(labelled.suite.cases), run.score(labelled.suite, seen, labelled.metrics))
