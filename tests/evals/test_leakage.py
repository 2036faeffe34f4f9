"""What the models learn from holds no case that they are measured by."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from evals import cases
from ingestion.mail import message
from retrieval import encoder as encoders
from service import prompting

NEAR = 0.93  # cosine from which two texts of some length say the same thing in nearly the same words
FEWEST_WORDS = 6
SHARED = 0.5  # share of the words of the shorter text


def _taught() -> Iterator[str]:
    """Give every text of every prompt's tables that has some length."""
    for folder in sorted(prompting.PROMPTS.glob("*/v*")):
        for rows in prompting.load(folder).tables.values():
            yield from (text for row in rows for text in _texts(row) if len(text.split()) >= FEWEST_WORDS)


def _texts(row: Mapping[str, Any]) -> Iterator[str]:
    for key in ("text", "body", "question", "sentence"):
        if isinstance(row.get(key), str):
            yield row[key]


def _locked() -> list[tuple[str, str]]:
    suite = cases.load()
    mails = [(case.id, message.parse(suite.raw(case)).text) for case in (*suite.mails, *suite.attacks) if case.split == "locked"]
    return [*mails, *((case.id, case.question) for case in suite.questions if case.split == "locked")]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def test_teaches_no_locked_case_word_for_word() -> None:
    taught = {_plain(text) for text in _taught()}
    assert [name for name, text in _locked() if _plain(text) in taught] == []


@pytest.fixture(scope="module")
def encoder(kept: Path) -> encoders.Encoder:
    return encoders.obtain(kept / "encoders")


def test_teaches_no_near_copy_of_a_locked_case(encoder: encoders.Encoder) -> None:
    taught, locked = sorted(set(_taught())), [(name, text) for name, text in _locked() if len(text.split()) >= FEWEST_WORDS]
    taught = [text for text, alike in zip(taught, _shares_words([text for _, text in locked], taught), strict=True) if alike]
    vectors = encoder.encode(taught)
    likeness = encoder.encode([text for _, text in locked]) @ vectors.T
    assert _near(locked, taught, likeness) == []


def _shares_words(locked: Sequence[str], taught: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which texts share half of the words of the shorter with some locked one: only these can say nearly the same in nearly the same words."""
    counting = CountVectorizer(binary=True).fit([*locked, *taught])
    ours, theirs = counting.transform(taught), counting.transform(locked)
    lengths = np.minimum.outer(np.asarray(ours.sum(axis=1)).ravel(), np.asarray(theirs.sum(axis=1)).ravel())
    return np.asarray(((ours @ theirs.T).toarray() >= SHARED * lengths).any(axis=1))


def _near(locked: Sequence[tuple[str, str]], taught: Sequence[str], likeness: Any) -> list[tuple[str, str, float]]:
    best = np.argmax(likeness, axis=1)
    return [
        (locked[row][0], taught[int(place)][:80], round(float(likeness[row, place]), 3))
        for row, place in enumerate(best)
        if likeness[row, place] >= NEAR
    ]
