"""What the local model learns from a prompt folder, fitted once per folder and encoder and kept as arrays."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ingestion import quoting as quoted
from retrieval.embedding import Encodes
from service.prompting import PromptError, PromptFolder
from service.reading import events, names, quoting, sentences, urgency, weighing
from service.reading.events import EventReader, Head
from service.reading.names import Letter, NameReader
from service.reading.quoting import Quoter
from service.reading.urgency import Judge, Sheet
from service.reading.words import Vocabulary

CODE = "7"  # part of every key: raise it when the same rows would be fitted to other arrays
HEADS = ("meaning", "words", "levels", "person", "choice")
GIVEN = ("high", "medium", "low", "by date", None)  # what an event may give
NEEDED = {"sentences": ("text", "event"), "names": ("text", "person"), "examples": ("body", "ticket")}


@dataclass(frozen=True)
class Reader:
    """All that is learned from one `extract_ticket` folder."""

    judge: Judge
    names: NameReader


class Fitting:
    """Fits readers, and remembers them under `folder` as `<key>.npz` (plain arrays, never pickle)."""

    def __init__(self, folder: Path, encoder: Encodes) -> None:
        self._folder = folder
        self._encoder = encoder
        self._ready: dict[str, Reader] = {}
        self._quoters: dict[str, Quoter] = {}

    def reader(self, prompt: PromptFolder) -> Reader:
        """Return the reader of a prompt folder: from memory, from disk, or fitted now (about 15 s the first time)."""
        if prompt.sha256 not in self._ready:
            place = self._place(prompt)
            kept = _read(place, prompt)
            if kept is None:
                kept = self._fit(prompt)
                _write(place, kept)
            self._ready[prompt.sha256] = kept
        return self._ready[prompt.sha256]

    def quoter(self, prompt: PromptFolder) -> Quoter:
        """Return what is learned from an `answer_ticket` folder: from memory, from disk, or fitted now (some seconds the first time)."""
        if prompt.sha256 not in self._quoters:
            place = self._place(prompt)
            kept = _read_quoter(place)
            if kept is None:
                _check(prompt, {"examples": ("question", "passages", "answer")})
                vectors = self._vectors()
                kept = quoting.learn(prompt.tables["examples"], vectors)
                vectors.keep()
                keep_arrays(place, **kept.weigher.arrays(), marks=np.array([kept.take, kept.floor]))
            self._quoters[prompt.sha256] = kept
        return self._quoters[prompt.sha256]

    def _place(self, prompt: PromptFolder) -> Path:
        key = hashlib.sha256(f"{prompt.sha256} {self._encoder.name} {CODE}".encode()).hexdigest()[:16]
        return self._folder / f"{key}.npz"

    def _vectors(self) -> "Remembered":
        return Remembered(self._folder / f"vectors-{self._encoder.name}.npz", self._encoder)

    def _fit(self, prompt: PromptFolder) -> Reader:
        _check(prompt, NEEDED)
        vectors = self._vectors()
        rows, mails = prompt.tables["sentences"], prompt.tables["examples"]
        letters = [letter(row) for row in mails]
        vectors([str(row["text"]) for row in rows] + [text for row, one in zip(mails, letters, strict=True) for text in _texts(row, one)])
        gives, tells, hours = ruled(prompt)
        levels = [row["ticket"]["urgency"] or "none" for row in mails]
        judge = urgency.learn(_event_reader(rows, vectors), gives, tells, hours, _read_apart(rows, mails, letters, vectors), levels)
        people = prompt.tables["names"]
        people_vectors = vectors([str(row["text"]) for row in people])
        name_reader = names.learn(people, people_vectors, letters, [right(row) for row in mails], vectors)
        vectors.keep()
        return Reader(judge, name_reader)


def _texts(row: Mapping[str, Any], read: Letter) -> list[str]:
    """Return what will be read of an example mail: embedding the texts of all mails at once takes half the time of one mail after the other."""
    return [unit.text for unit in urgency.units(row.get("subject") or "", sentences.split(read.text))]


def _event_reader(rows: Sequence[Mapping[str, Any]], vectors: "Remembered") -> EventReader:
    return events.learn(rows, vectors([str(row["text"]) for row in rows]))


def _read_apart(
    rows: Sequence[Mapping[str, Any]], mails: Sequence[Mapping[str, Any]], letters: Sequence[Letter], vectors: "Remembered"
) -> list[Sheet]:
    """Read each example mail with a reader that has not learned from that mail's own sentences, as it will be with mail from outside."""
    half = {row.get("id"): place % 2 for place, row in enumerate(mails)}
    readers = [_event_reader([row for row in rows if half.get(row.get("mail")) != part], vectors) for part in (0, 1)]
    return [
        urgency.read(readers[place % 2], row.get("subject") or "", one.text, sent(row), vectors)
        for place, (row, one) in enumerate(zip(mails, letters, strict=True))
    ]


def ruled(prompt: PromptFolder) -> tuple[dict[str, str], dict[str, str], float]:
    """Return what the rubric says: the level each event gives, how each is put in a sentence, and how many hours make a deadline high.

    Raises PromptError naming the event that is wrong.
    """
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
    tells = {str(event): str(entry["tells"]) for event, entry in listed.items() if "tells" in entry}
    return gives, tells, float(hours)


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


def _read_quoter(path: Path) -> Quoter | None:
    try:
        with np.load(path) as kept:
            take, floor = kept["marks"].tolist()
            return Quoter(weighing.read(kept), take, floor)
    except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
        return None


class Remembered:
    """Embeds texts, remembering the vectors in a file by text hash: a changed prompt shares nearly all of its rows with the one before."""

    def __init__(self, path: Path, encoder: Encodes) -> None:
        self._path = path
        self._encoder = encoder
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self._known: dict[str, npt.NDArray[np.float32]] = {}
        self._grown = False
        if path.is_file():
            with np.load(path) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self.encode(texts)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one vector a text, of shape (len(texts), dimensions)."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        if new := {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}:
            self._known |= dict(zip(new, self._encoder.encode(list(new.values())), strict=True))
            self._grown = True
        return np.array([self._known[key] for key in keys], dtype=np.float32).reshape(len(texts), self._encoder.dimensions)

    def keep(self) -> None:
        """Write what is new to the file."""
        if self._grown:
            keep_arrays(self._path, keys=np.array(list(self._known)), vectors=np.array(list(self._known.values())))
            self._grown = False


def keep_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to a file that is whole at any time, whoever else writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.savez(file, **arrays)
    os.replace(file.name, path)


def _write(path: Path, reader: Reader) -> None:
    judge, name_reader = reader.judge, reader.names
    heads = dict(zip(HEADS, (judge.reader.by_meaning, judge.reader.by_words, judge.head, name_reader.person, name_reader.choice), strict=True))
    keep_arrays(
        path,
        terms=np.array(judge.reader.vocabulary.terms),
        idf=judge.reader.vocabulary.weights,
        labels=np.array(judge.reader.labels),
        levels=np.array(judge.levels),
        threshold=np.array(name_reader.threshold),
        **{f"{name}_{part}": getattr(head, part) for name, head in heads.items() for part in ("weights", "bias")},
    )


def _read(path: Path, prompt: PromptFolder) -> Reader | None:
    """Load what `_write` kept; None where it is not there or is damaged, so that it is fitted anew."""
    try:
        with np.load(path) as kept:  # refuses pickled objects by default
            heads = {name: Head(kept[f"{name}_weights"], kept[f"{name}_bias"]) for name in HEADS}
            vocabulary = Vocabulary(kept["terms"].tolist(), kept["idf"])
            labels, levels, threshold = tuple(kept["labels"].tolist()), tuple(kept["levels"].tolist()), float(kept["threshold"])
    except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    gives, tells, hours = ruled(prompt)
    judge = Judge(EventReader(labels, vocabulary, heads["meaning"], heads["words"]), gives, tells, hours, heads["levels"], levels)
    return Reader(judge, NameReader(heads["person"], heads["choice"], threshold))
