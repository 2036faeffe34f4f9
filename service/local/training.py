"""What the local model learns from a prompt folder, fitted once per folder and encoder and kept as arrays."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.mail import quoted_history as quoted
from retrieval.encoder import Encodes, Progress
from service.arrays import Arrays, Kept, key
from service.local import classifier, events, extracts, facts, names, networks, summaries, urgency, writers
from service.local.events import EventReader, Head
from service.local.extracts import Quoter
from service.local.facts import Teller
from service.local.names import Letter
from service.local.urgency import Judge, Rules, Sheet
from service.local.writers import NameReader
from service.prompting import PromptError, PromptFolder
from service.text import sentences
from service.text.word_runs import Vocabulary

CODE = "11"  # part of every key: raise it when the same rows would be fitted to other arrays
HEADS = ("words", "levels", "person")
PARTS = 3  # of the trades; each is read by a reader that learned from the others
AT_ONCE = 256  # texts embedded between two signs of progress
GIVEN = ("high", "medium", "low", "by date", None)  # what an event may give
NEEDED = {"sentences": ("text", "event"), "names": ("text", "person"), "examples": ("body", "ticket")}


@dataclass(frozen=True)
class Reader:
    """All that is learned from one `extract_ticket` folder."""

    judge: Judge
    names: NameReader
    teller: Teller


class Fitting:
    """Gives readers as they were kept, and fits those that were not. `progress` gets (texts embedded, of) while one is fitted."""

    def __init__(self, kept: Kept, encoder: Encodes, progress: Progress | None = None) -> None:
        self._kept = kept
        self._encoder = encoder
        self._progress = progress
        self._ready: dict[str, Reader] = {}
        self._quoters: dict[str, Quoter] = {}

    def reader(self, prompt: PromptFolder) -> Reader:
        """Return the reader of a prompt folder: from memory, from disk, or fitted now (about a minute the first time)."""
        if prompt.sha256 not in self._ready:
            self._ready[prompt.sha256] = _reader(self._kept.remembered(self.name("reader", prompt), lambda: _arrays(self.fit(prompt))), prompt)
        return self._ready[prompt.sha256]

    def quoter(self, prompt: PromptFolder) -> Quoter:
        """Return what is learned from an `answer_ticket` folder: from memory, from disk, or fitted now (some seconds the first time)."""
        if prompt.sha256 not in self._quoters:
            kept = self._kept.remembered(self.name("quoter", prompt), lambda: self._fit_quoter(prompt))
            take, floor = kept["marks"].tolist()
            self._quoters[prompt.sha256] = Quoter(classifier.read(kept), take, floor)
        return self._quoters[prompt.sha256]

    def name(self, kind: str, prompt: PromptFolder) -> str:
        """Return the name under which what is learned from a folder is kept."""
        return key(kind, prompt.sha256, self._encoder.name, CODE)

    def _vectors(self) -> "Remembered":
        return Remembered(self._kept, self._encoder, self._progress)

    def _fit_quoter(self, prompt: PromptFolder) -> Arrays:
        _check(prompt, {"examples": ("question", "passages", "answer")})
        vectors = self._vectors()
        fitted = extracts.learn(prompt.tables["examples"], vectors)
        vectors.keep()
        return {**fitted.weigher.arrays(), "marks": np.array([fitted.take, fitted.floor])}

    def fit(self, prompt: PromptFolder) -> Reader:
        """Learn a reader from the tables of a folder, whatever is kept. Raises PromptError naming the table or row that cannot be learned from."""
        _check(prompt, NEEDED)
        vectors = self._vectors()
        rows, mails = prompt.tables["sentences"], prompt.tables["examples"]
        letters = [letter(row) for row in mails]
        vectors.layers([str(row["text"]) for row in rows] + [text for row, one in zip(mails, letters, strict=True) for text in _texts(row, one)])
        rules = ruled(prompt)
        levels = [row["ticket"]["urgency"] or "none" for row in mails]
        apart = _read_apart(rows, mails, letters, vectors)
        judge = urgency.learn(_event_reader(rows, vectors), rules, apart, levels)
        people = prompt.tables["names"]
        people_vectors = vectors([str(row["text"]) for row in people])
        name_reader = writers.learn(people, people_vectors, letters, [right(row) for row in mails], vectors)
        vectors.keep()
        return Reader(judge, name_reader, _teller(mails, apart, judge))


def _texts(row: Mapping[str, Any], read: Letter) -> list[str]:
    """Return what will be read of an example mail: embedding the texts of all mails at once takes half the time of one mail after the other."""
    return [unit.text for unit in urgency.units(row.get("subject") or "", sentences.split(read.text))]


def _event_reader(rows: Sequence[Mapping[str, Any]], vectors: "Remembered") -> EventReader:
    return events.learn(rows, vectors.layers([str(row["text"]) for row in rows]))


def _read_apart(
    rows: Sequence[Mapping[str, Any]], mails: Sequence[Mapping[str, Any]], letters: Sequence[Letter], vectors: "Remembered"
) -> list[Sheet]:
    """Read each example mail with a reader that has not learned from its trade, or where there are few trades from its own sentences.

    So it will be with mail from outside; how far a sentence is to be trusted is learned from nothing else.
    """
    by_trade = len({row.get("trade") for row in mails}) >= 2 * PARTS
    told, held = ("trade", "trade") if by_trade else ("id", "mail")
    groups = sorted({str(row[told]) for row in mails if row.get(told)})
    part_of = {group: place % PARTS for place, group in enumerate(groups)}
    readers = [_event_reader([row for row in rows if part_of.get(str(row.get(held))) != part], vectors) for part in range(PARTS)]
    return [
        urgency.read(readers[part_of.get(str(row.get(told)), place % PARTS)], row.get("subject") or "", one.text, sent(row), vectors.layers)
        for place, (row, one) in enumerate(zip(mails, letters, strict=True))
    ]


def _teller(mails: Sequence[Mapping[str, Any]], apart: Sequence[Sheet], judge: Judge) -> Teller:
    """Learn what summaries need from the English mails that say it."""
    worked = [(sheet, row["facts"]) for row, sheet in zip(mails, apart, strict=True) if row.get("facts") and row.get("language", "en") == "en"]
    return facts.learn(worked, judge, summaries.quiet)


def ruled(prompt: PromptFolder) -> Rules:
    """Return what the rubric says. Raises PromptError naming the event that is wrong."""
    listed = prompt.rubric.get("events") or {}
    where = f"prompt {prompt.name} {prompt.version}: rubric.yaml"
    if not isinstance(listed, Mapping):
        raise PromptError(f"{where}: events: a table of events is expected, not {listed!r}")
    for event, entry in listed.items():
        level = entry.get("urgency") if isinstance(entry, Mapping) else entry
        if not isinstance(entry, Mapping) or level not in GIVEN:
            raise PromptError(f"{where}: event {event}: urgency {level!r} is none of high, medium, low, by date, null")
    if not isinstance(hours := prompt.rubric.get("deadlineHours", 24), int | float):
        raise PromptError(f"{where}: deadlineHours: {hours!r} is no number")
    gives = {str(event): str(entry.get("urgency") or "none") for event, entry in listed.items()}
    tells, begins = ({str(event): str(entry[how]) for event, entry in listed.items() if how in entry} for how in ("tells", "begins"))
    return Rules(gives, float(hours), tells, begins)


def sent(row: Mapping[str, Any]) -> datetime | None:
    """Return when an example mail was sent."""
    return datetime.fromisoformat(row["date"]) if row.get("date") else None


def letter(row: Mapping[str, Any]) -> Letter:
    """Return the parts of an example mail that can name its writer, cut as a real mail is cut."""
    parts = quoted.split(row["body"], row.get("subject") or "", row.get("from_name") or "")
    return Letter(parts.text or parts.forwarded, parts.signature, row.get("from_name"), row.get("from_address"))


def right(row: Mapping[str, Any]) -> frozenset[str]:
    """Return the folded names that are right for an example mail."""
    given = [row["ticket"]["customerName"], *row.get("names_ok", [])]
    return frozenset(names.fold(name) for name in given if name)


def _check(prompt: PromptFolder, needed: Mapping[str, tuple[str, ...]]) -> None:
    for table, fields in needed.items():
        rows = prompt.tables.get(table)
        if not rows:
            raise PromptError(f"prompt {prompt.name} {prompt.version}: {table}.jsonl is missing or empty, and the local model learns from it")
        for number, row in enumerate(rows, 1):
            if missing := [field for field in fields if field not in row]:
                raise PromptError(f"prompt {prompt.name} {prompt.version}: {table}.jsonl row {number} has no {', '.join(missing)}")


class Remembered:
    """Embeds texts, remembering their layers by text hash: a changed prompt shares nearly all of its rows with the one before."""

    def __init__(self, kept: Kept, encoder: Encodes, progress: Progress | None = None) -> None:
        self._kept = kept
        self._encoder = encoder
        self._progress = progress
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        arrays = kept.read(remembered(encoder.name))
        self._known: dict[str, npt.NDArray[np.float32]] = dict(zip(arrays["keys"].tolist(), arrays["layers"], strict=True)) if arrays else {}
        self._grown = False

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self.encode(texts)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one vector a text, of shape (len(texts), dimensions)."""
        return self.layers(texts)[:, : self.dimensions]

    def layers(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the layers of each text, of shape (len(texts), 2 * dimensions)."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for start in range(0, len(new), AT_ONCE):
            some = list(new)[start : start + AT_ONCE]
            self._known |= dict(zip(some, self._encoder.layers([new[key] for key in some]), strict=True))
            self._grown = True
            if self._progress and len(new) > AT_ONCE:
                self._progress(start + len(some), len(new))
        return np.array([self._known[key] for key in keys], dtype=np.float32).reshape(len(texts), 2 * self.dimensions)

    def keep(self) -> None:
        """Write what is new to the file."""
        if self._grown:
            self._kept.write(remembered(self.name), {"keys": np.array(list(self._known)), "layers": np.array(list(self._known.values()))})
            self._grown = False


def remembered(encoder: str) -> str:
    """Return the name under which the layers of texts that were embedded before are kept; never shipped."""
    return f"layers-{encoder}"


def _arrays(reader: Reader) -> Arrays:
    judge, name_reader = reader.judge, reader.names
    heads = dict(zip(HEADS, (judge.reader.by_words, judge.head, name_reader.person), strict=True))
    return {
        "terms": np.array(judge.reader.vocabulary.terms),
        "idf": judge.reader.vocabulary.weights,
        "labels": np.array(judge.reader.labels),
        "levels": np.array(judge.levels),
        "threshold": np.array(name_reader.threshold),
        **{f"meaning_{part}": array for part, array in judge.reader.by_meaning.arrays().items()},
        **{f"choice_{part}": array for part, array in name_reader.choice.arrays().items()},
        **{f"teller_{part}": array for part, array in reader.teller.arrays().items()},
        **{f"{name}_{part}": getattr(head, part) for name, head in heads.items() for part in ("weights", "bias")},
    }


def _reader(kept: Arrays, prompt: PromptFolder) -> Reader:
    heads = {name: Head(kept[f"{name}_weights"], kept[f"{name}_bias"]) for name in HEADS}
    vocabulary = Vocabulary(kept["terms"].tolist(), kept["idf"])
    labels, levels, threshold = tuple(kept["labels"].tolist()), tuple(kept["levels"].tolist()), float(kept["threshold"])
    reader = EventReader(labels, vocabulary, networks.read(_part(kept, "meaning")), heads["words"])
    judge = Judge(reader, ruled(prompt), heads["levels"], levels)
    return Reader(judge, NameReader(heads["person"], classifier.read(_part(kept, "choice")), threshold), facts.read(_part(kept, "teller")))


def _part(kept: Arrays, name: str) -> Arrays:
    return {key.removeprefix(f"{name}_"): array for key, array in kept.items() if key.startswith(f"{name}_")}
