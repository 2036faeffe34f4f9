"""The learned reader of answers: which windows of found passages answer a question, and whether anything does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.encoder import EncodesTokens, Tokens
from retrieval.passages import Found
from service.arrays import Arrays
from service.local import asked, composing, reader, shipped
from service.local.asked import Background, Window
from service.local.composing import Marks
from service.local.reader import CLIP, Trees
from service.local.shipped import ReaderError
from service.questions import Question
from service.text.word_runs import Floats, content

ARRAYS, CARD = "answers.npz", "answers-card.json"
QUESTION = 64  # tokens read of a question
PARTS = (80, 40, 25, 25)  # tokens read of a unit, its heads, the unit before it and the one after
CLOSELY = 12  # windows that the heads read, the best by features
JUDGED = (
    6  # passages, from the best on, that tell whether anything answers: the floor was chosen on so many, and each further one comes close by chance
)
BEHIND = 8.0  # log-odds that a window loses where its passage was found with none of the best one's score
SHARED = 3.0  # log-odds that a window loses where it shares none of the question's words, and another one all
PRICED = 2.0  # log-odds that a price gains which every rare word of the question stands beside
COMMON = 2.0  # rarity below which a word may be missing
UNREAD = -8.0  # log-odds by a head of a window that none reads


@dataclass(frozen=True)
class Reading:
    """What was found to answer: windows with their log-odds, and those of there being an answer at all."""

    windows: tuple[Window, ...]
    odds: Floats
    answers: float


@dataclass(frozen=True)
class AnswerReader:
    """Weighs windows by boosted trees over features and, the best of them, by alignment heads over their tokens.

    `mean` and `directions` project a token's layers. A question is answered where its best window is as sure as `floor`.
    """

    mean: Floats
    directions: Floats
    heads: tuple[Mapping[str, Floats], ...]
    feature_mean: Floats
    feature_scale: Floats
    trees: Trees
    background: Background
    floor: float
    marks: Marks

    def read(self, asked_in: Sequence[str], sources: Mapping[str, Found], encoder: EncodesTokens) -> Reading:
        """Read found passages, by label, for what answers a question, given as its sentences."""
        listed = asked.windows(sources)
        question = " ".join(asked_in)
        if not listed or not content(question):
            return Reading(tuple(listed), np.full(len(listed), UNREAD), -np.inf)
        described = asked.describe(asked_in, listed, self.background, encoder)
        by_features = self.trees.scores(described)
        aligned = self._aligned(question, listed, described, by_features, encoder)
        judged = np.isin([one.unit.label for one in listed], list(sources)[:JUDGED])
        answers = float(sure(aligned, described)[judged].max(initial=-np.inf))
        return Reading(tuple(listed), together(by_features, aligned, described, asked.shared(question, listed)), answers)

    def answer(self, question: Question, encoder: EncodesTokens) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the answer to a question, each unit with its citation and quote, no sentence where nothing answers, and the evidence for it."""
        asked_in = question.focus or (question.text,)
        reading = self.read(asked_in, question.passages, encoder)
        chosen = self.choose(" ".join(asked_in), reading)
        told = [reading.windows[place] for place in chosen]
        sentences = [{"text": composing.tell(one), "citations": [one.unit.label], "quotes": [one.unit.text]} for one in told]
        weights = [round(float(reading.odds[place]), 3) for place in chosen]
        return {"sentences": sentences}, {"answers": round(max(reading.answers, UNREAD), 3), "floor": round(self.floor, 3), "weights": weights}

    def choose(self, question: str, reading: Reading) -> list[int]:
        """Return the windows that make up an answer, in the order in which they are told; none below the floor."""
        return composing.compose(question, reading.windows, reading.odds, self.marks) if reading.answers >= self.floor else []

    def _aligned(self, question: str, listed: Sequence[Window], described: Floats, by_features: Floats, encoder: EncodesTokens) -> Floats:
        """Return the mean log-odds of the heads, shape (windows,), UNREAD for those that they do not read."""
        best = [int(place) for place in np.argsort(-by_features, kind="stable")[:CLOSELY]]
        texts = [texts_of(listed[place]) for place in best]
        wanted = list(dict.fromkeys([question, *(text for four in texts for text in four if text)]))
        tokens = dict(zip(wanted, encoder.tokens(wanted), strict=True))
        said = tokens[question]
        x_ids, x = said.ids[:QUESTION], self._project(said.layers[:QUESTION])
        values = np.full(len(listed), UNREAD, dtype=np.float32)
        for number, place in enumerate(best):
            evidence, own = joined([tokens.get(text, said) for text in texts[number]], texts[number])  # of no text none are taken
            y, same = self._project(evidence.layers), x_ids[:, None] == evidence.ids[None, :]
            scaled = np.clip((described[place] - self.feature_mean) / self.feature_scale, -CLIP, CLIP)
            if len(x) and len(y):
                values[place] = np.mean([reader.align(head, x, y, same, own, scaled) for head in self.heads])
        return values

    def _project(self, layers: Floats) -> Floats:
        return np.asarray((layers - self.mean) @ self.directions, dtype=np.float32)


def texts_of(one: Window) -> tuple[str, str, str, str]:
    """Return what the heads read of a window: the unit, its heads, the unit before it and the one after."""
    return one.text, one.heads, one.before, one.after


def joined(parts: Sequence[Tokens], texts: Sequence[str]) -> tuple[Tokens, npt.NDArray[np.bool_]]:
    """Return a window's tokens as one run, and which of them are the unit's own."""
    kept = [
        Tokens(part.ids[:most], part.layers[:most]) if text else Tokens(part.ids[:0], part.layers[:0])
        for part, text, most in zip(parts, texts, PARTS, strict=True)
    ]
    own = np.concatenate([np.full(len(part.ids), place == 0) for place, part in enumerate(kept)])
    whole = Tokens(np.concatenate([part.ids for part in kept]), np.vstack([part.layers for part in kept]))
    return whole, own if own.any() else ~own


def sure(aligned: Floats, described: Floats) -> Floats:
    """Return the log-odds by which each window is held against the floor.

    A passage found with less of the best one's score loses; a price is surer where one is asked for and no rare word of the question is missing beside it.
    """
    priced = (described[:, asked.PRICE_WANTED_AND_HELD] > 0) & (described[:, asked.RAREST_MISSING] < COMMON)
    return np.asarray(aligned - _behind(described) + PRICED * priced)


def together(by_features: Floats, aligned: Floats, described: Floats, shared: Floats) -> Floats:
    """Return the log-odds that each window belongs to the answer; one that shares fewer of the question's words than another loses."""
    return np.asarray((by_features + sure(aligned, described)) / 2 - _behind(described) / 2 - SHARED * (shared.max() - shared))


def _behind(described: Floats) -> Floats:
    return np.asarray(BEHIND * described[:, asked.BEHIND] / max(float(described[:, asked.SCORE].max()), 1e-6))


def load(sha256: str = "", folder: Path = shipped.FOLDER) -> AnswerReader:
    """Read the shipped reader; `sha256` is what a release pins. Raises ReaderError."""
    try:
        return read(shipped.load(ARRAYS, CARD, folder, sha256))
    except KeyError as exc:
        raise ReaderError(f"{folder / ARRAYS} lacks {exc}") from exc


def read(kept: Arrays) -> AnswerReader:
    """Return the reader of some kept arrays. Raises KeyError where one is missing."""
    background = Background(dict(zip(kept["words"].tolist(), kept["rarity"].tolist(), strict=True)))
    return AnswerReader(
        kept["mean"],
        kept["directions"],
        reader.heads_of(kept),
        kept["feature_mean"],
        kept["feature_scale"],
        reader.trees_of(kept),
        background,
        float(kept["floor"]),
        Marks(*kept["marks"].tolist()),
    )
