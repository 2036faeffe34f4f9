"""Measures what the local model reads in mail of trades that it did not learn from: `python -m ops.training.other_trades`.

The taught trades are parted; each part's mails are read by a reader that learned from a share of the other trades. So the table says what teaching
more trades buys, without a look at the trades that the evals keep apart.
"""

import dataclasses
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evals.scorers import wording
from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import prompting
from service.arrays import Kept
from service.local import names, telling, training, urgency, writers
from service.local.training import Fitting, Reader
from service.prompting import PromptFolder
from service.settings import Settings
from service.text import language
from service.text.sentences import split

VERSION = "v2"
PARTS = 3
SHARES = (0.25, 0.5, 1.0)
LEVELS = ("high", "medium", "low", "none")
KEPT = 100_000  # vectors that are remembered meanwhile

Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Seen:
    """What became of one mail: the right level and the given one, whether the name is right, the share of facts told, and whether an added sentence
    that is off the subject left the level as it was."""

    right: str
    given: str
    named: bool
    invented: bool
    facts: float | None
    stable: bool


def taught(prompt: PromptFolder, trades: Sequence[str], left_out: frozenset[str]) -> PromptFolder:
    """Return a prompt folder with only the rows of some trades; sentences of trades that have no example mails stay, but for those left out."""
    every = {row["trade"] for row in prompt.tables["examples"]}
    known = frozenset(trades) | frozenset(row.get("trade") for row in prompt.tables["sentences"]) - every - left_out
    tables = {name: [row for row in rows if name not in ("examples", "sentences") or row["trade"] in known] for name, rows in prompt.tables.items()}
    return dataclasses.replace(prompt, tables=tables)


def read(reader: Reader, row: Row, strange: str, encoder: Remembering) -> Seen:
    """Read one example mail, and once more with a sentence of another mail at its end."""
    letter, subject, spoken = training.letter(row), row.get("subject") or "", str(row.get("language", "en"))
    from_evidence = urgency.EVIDENCE if spoken == "en" else urgency.GRAVE_ELSEWHERE
    sheets = [
        urgency.read(reader.judge.reader, subject, text, training.sent(row), encoder.layers) for text in (letter.text, f"{letter.text}\n\n{strange}")
    ]
    verdicts = [urgency.decide(reader.judge, sheet, from_evidence) for sheet in sheets]
    found = names.candidates(letter)
    name, _ = writers.choose(reader.names, letter, found, encoder.encode([one.name for one in found]))
    right, facts = training.right(row), row.get("facts") or ()
    told = telling.summarise(sheets[0], verdicts[0], reader.judge, reader.teller, subject, spoken) or ""
    return Seen(
        right=row["ticket"]["urgency"] or "none",
        given=verdicts[0].level,
        named=(names.fold(name) in right) if name else not right,
        invented=bool(name) and not right,
        facts=1 - len(wording.missing(told, facts)) / len(facts) if facts else None,
        stable=verdicts[0].level == verdicts[1].level,
    )


def f1(seen: Sequence[Seen], level: str) -> float:
    """Return the harmonic mean of precision and recall of a level."""
    hits = sum(one.right == one.given == level for one in seen)
    return 2 * hits / max(1, sum(one.right == level for one in seen) + sum(one.given == level for one in seen))


def line(what: str, seen: Sequence[Seen]) -> str:
    """Return one row of the table."""
    urgent, called = ([one for one in seen if getattr(one, side) == "high"] for side in ("right", "given"))
    asks = [one for one in seen if one.right != "none"]
    facts = [one.facts for one in seen if one.facts is not None]
    values = (
        statistics.mean(f1(seen, level) for level in LEVELS),
        _share(one.given == "high" for one in urgent),
        _share(one.right == "high" for one in called),
        _share(one.given == "none" for one in asks),
        _share(one.stable for one in seen),
        statistics.mean(facts) if facts else float("nan"),
        _share(one.named for one in seen),
        _share(one.invented for one in seen),
    )
    return f"{what:<34}{len(seen):>6}" + "".join(f"{value:>9.3f}" for value in values)


def _share(hits: Any) -> float:
    listed = list(hits)
    return sum(listed) / len(listed) if listed else float("nan")


def strangers(prompt: PromptFolder) -> list[tuple[str, str]]:
    """Return sentences that ask for nothing, each with its trade: what may be added to any mail without changing what it reports."""
    rows = [row for row in prompt.tables["sentences"] if row["event"] == "context" and row.get("mail") and row.get("language", "en") == "en"]
    return [(row["trade"], row["text"]) for row in rows if 5 <= len(row["text"].split()) <= 18 and len(split(row["text"])) == 1][::7]


def measure(prompt: PromptFolder, fitting: Fitting, encoder: Remembering, share: float) -> list[tuple[Row, Seen]]:
    """Read every example mail with a reader that learned from `share` of the trades of other parts."""
    trades = sorted({row["trade"] for row in prompt.tables["examples"]})
    added, found = strangers(prompt), []
    for part in range(PARTS):
        left_out = frozenset(trades[part::PARTS])
        others = [trade for trade in trades if trade not in left_out]
        reader = fitting.fit(taught(prompt, others[:: round(1 / share)], frozenset(trades)))
        for place, row in enumerate(prompt.tables["examples"]):
            if row["trade"] in left_out:
                strange = next(text for trade, text in added[place % len(added) :] + added if trade != row["trade"])
                found.append((row, read(reader, row, strange, encoder)))
    return found


def main() -> None:
    """Print one table: by share of trades, and for all of them by set of mails and by language."""
    settings = Settings()
    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"), KEPT)
    prompt = prompting.load(settings.prompts_dir / "extract_ticket" / VERSION)
    own = {row["id"] for row in prompting.load(settings.prompts_dir / "extract_ticket" / "v1").tables["examples"]}
    fitting = Fitting(Kept(settings.data_dir / "fitted"), encoder)
    print(f"{'':<34}{'mails':>6}" + "".join(f"{what:>9}" for what in ("F1", "recall", "precis.", "lost", "stable", "facts", "names", "invented")))
    for share in SHARES:
        found = measure(prompt, fitting, encoder, share)
        print(line(f"{share:.0%} of the other trades", [seen for _, seen in found]))
        print(line("  mails new in this version", [seen for row, seen in found if row["id"] not in own]), flush=True)
    for spoken, count in Counter(str(row.get("language", "en")) for row, _ in found).most_common():
        print(line(f"  {language.NAMES.get(spoken, spoken)}", [seen for row, seen in found if str(row.get("language", "en")) == spoken][:count]))
    print(f"{len({row['trade'] for row, _ in found})} trades in {PARTS} parts", file=sys.stderr)


if __name__ == "__main__":
    main()
