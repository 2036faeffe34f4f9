"""What a whole mail reports, and how urgent that makes it by the rubric."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from service.local import deadlines, events
from service.local.events import EventReader, Head
from service.text import sentences
from service.text.sentences import Sentence
from service.text.word_runs import Floats

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]

LEVELS = ("none", "low", "medium", "high")
NONE_SHARE = 0.4  # of its probability counts for "asks nothing": a request lost is worse than a ticket too many
SHARES = {"none": NONE_SHARE, "high": 1.3}  # and an urgent mail that waits is dearer than one that need not have been read first
EVIDENCE = 0.2  # how likely some event of a level must be in some sentence for the level to be given
GRAVE_ELSEWHERE = 0.4  # the same for `high` in other languages than English, in which fewer sentences were learned from


@dataclass(frozen=True)
class Unit:
    """One thing read of a mail: a sentence of its text, or the subject (`sentence` -1)."""

    text: str
    sentence: int


@dataclass(frozen=True)
class Sheet:
    """All units of a mail with what each one reports: `events` of shape (units, labels), `hours` to the moment a unit names."""

    sentences: tuple[Sentence, ...]
    units: tuple[Unit, ...]
    events: Floats
    hours: tuple[float | None, ...]


@dataclass(frozen=True)
class Verdict:
    """How urgent a mail is, and why: the event that decided, the unit it was read in, and how sure each level is."""

    level: str
    event: str | None
    unit: Unit | None
    hours: float | None
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Rules:
    """What a rubric says: `gives` the level of each event, `tells` how it is put in a sentence about the customer, `begins` how a summary begins."""

    gives: Mapping[str, str]
    deadline_hours: float = 24.0
    tells: Mapping[str, str] = field(default_factory=dict)
    begins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """Derives the level of a mail. `levels` are the labels of `head`."""

    reader: EventReader
    rules: Rules
    head: Head
    levels: tuple[str, ...]


def units(subject: str, cut: Sequence[Sentence]) -> list[Unit]:
    """List what is read of a mail: the subject and each sentence, list items among them."""
    listed = [Unit(subject, -1)] if subject.strip() else []
    return listed + [Unit(sentence.text, place) for place, sentence in enumerate(cut)]


def read(reader: EventReader, subject: str, text: str, sent: datetime | None, layers: Encode) -> Sheet:
    """Read every unit of a mail, all of them embedded at once by an encoder's `layers`."""
    cut = sentences.split(text)
    listed = units(subject, cut)
    if not listed:
        return Sheet((), (), np.zeros((0, len(reader.labels)), dtype=np.float32), ())
    texts = [unit.text for unit in listed]
    return Sheet(tuple(cut), tuple(listed), reader.read(texts, layers(texts)), tuple(deadlines.hours_until(text, sent) for text in texts))


def strengths(sheet: Sheet, reader: EventReader, rules: Rules) -> Floats:
    """Return, per unit and level, how strongly the unit speaks for that level; shape (units, len(LEVELS))."""
    table = np.zeros((len(sheet.units), len(LEVELS)), dtype=np.float32)
    for column, label in enumerate(reader.labels):
        given = rules.gives.get(label, "none")
        if given == "by date":
            for row, hours in enumerate(sheet.hours):
                level = "medium" if hours is None or hours > rules.deadline_hours else "high"
                table[row, LEVELS.index(level)] += sheet.events[row, column]
        else:
            table[:, LEVELS.index(given)] += sheet.events[:, column]
    return table


def features(sheet: Sheet, judge_strengths: Floats, labels: Sequence[str]) -> Floats:
    """Describe a mail by what its units say at most: per level best and second best, per event best, and its length; shape (1, n)."""
    if not sheet.units:
        return np.zeros((1, len(LEVELS) * 3 + len(labels) + 2), dtype=np.float32)
    ordered = np.sort(np.vstack([judge_strengths, np.zeros((2, len(LEVELS)), dtype=np.float32)]), axis=0)
    best, second = judge_strengths.max(0), ordered[-2]
    row = np.concatenate(
        [
            best,
            second,
            np.minimum(judge_strengths.sum(0), 3),
            sheet.events.max(0),
            [min(len(sheet.sentences), 20) / 20, float(sheet.units[0].sentence == -1)],
        ]
    )
    return row.astype(np.float32).reshape(1, -1)


def impression(sheet: Sheet, judge: Judge) -> Floats:
    """Describe a mail by all that its units say, at most and on average, and by how likely each level is; shape (n,), zeros where nothing is said."""
    described = features(sheet, strengths(sheet, judge.reader, judge.rules), judge.reader.labels)[0]
    if not sheet.units:
        return np.zeros(len(described) + len(judge.reader.labels) + len(LEVELS), dtype=np.float32)
    likely = dict(zip(judge.levels, np.exp(judge.head.log_probabilities(described[None]))[0], strict=True))
    return np.concatenate([described, sheet.events.mean(0), [likely.get(level, 0.0) for level in LEVELS]]).astype(np.float32)


def decide(judge: Judge, sheet: Sheet, grave_from: float = EVIDENCE) -> Verdict:
    """Give the most likely level, and the unit and event that speak for it most. `high` needs evidence of at least `grave_from`."""
    if not sheet.units:
        return Verdict("none", None, None, None, {})
    table = strengths(sheet, judge.reader, judge.rules)
    likely = np.exp(judge.head.log_probabilities(features(sheet, table, judge.reader.labels)))[0]
    probabilities = {level: float(value) for level, value in zip(judge.levels, likely, strict=True)}
    # A level stands only if the rubric gives it to something that the mail says: without that, no rule fired, whatever the examples suggest.
    needed = {"none": 0.0, "high": grave_from}
    given = [name for name in probabilities if table[:, LEVELS.index(name)].max() >= needed.get(name, EVIDENCE)]
    level = max(given, key=lambda name: probabilities[name] * SHARES.get(name, 1.0), default="none")
    if level == "none":
        return Verdict("none", None, None, None, probabilities)
    row = int((table[:, LEVELS.index(level)] + 1e-3 * np.array([unit.sentence >= 0 for unit in sheet.units])).argmax())
    return Verdict(level, _event(judge, sheet, row, level), sheet.units[row], sheet.hours[row], probabilities)


def _event(judge: Judge, sheet: Sheet, row: int, level: str) -> str | None:
    """Name the likeliest event of a unit among those that give the level."""
    fitting = [
        place for place, label in enumerate(judge.reader.labels) if judge.rules.gives.get(label) in (level, "by date" if level != "low" else "")
    ]
    if not fitting:
        return None
    return judge.reader.labels[max(fitting, key=lambda place: float(sheet.events[row, place]))]


def learn(reader: EventReader, rules: Rules, sheets: Sequence[Sheet], truths: Sequence[str]) -> Judge:
    """Fit how levels follow from what units say, on worked examples with their true levels."""
    rows = np.vstack([features(sheet, strengths(sheet, reader, rules), reader.labels) for sheet in sheets])
    levels, head = events.fit(rows, truths, strength=1.0)
    return Judge(reader, rules, head, levels)
