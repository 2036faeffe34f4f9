"""What is made of passages is kept: exact, refused by name where it is damaged, bounded, and never asked for twice."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from retrieval import encoder as encoders
from retrieval.encoder import Encoder, Read
from retrieval.kept_texts import KeptTexts
from retrieval.remembering import Remembering

PARCELS = ("A parcel takes three days.", "Parcels", "A second parcel takes *four* days; pickup is on Mondays.")
HOURS = ("Opening hours", "We open at nine.")
REFUNDS = ("A refund takes ten working days.", "Refunds")


class Counting:
    """The encoder, which notes what it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self.given: list[str] = []

    def encode(self, texts: Sequence[str]) -> encoders.Vectors:
        self.given += texts
        return self._encoder.encode(texts)

    def both(self, texts: Sequence[str]) -> list[Read]:
        self.given += texts
        return self._encoder.both(texts)


@pytest.fixture(scope="module")
def encoder(kept: Path) -> Encoder:
    return encoders.obtain(kept / "encoders")


@pytest.fixture
def counting(encoder: Encoder) -> Counting:
    return Counting(encoder)


def process(counting: Counting, folder: Path, told: list[str] | None = None, most_bytes: int = 10**8) -> Remembering:
    """Return what a new process asks."""
    return Remembering(cast(Encoder, counting), kept=KeptTexts(folder, [].append if told is None else told.append, most_bytes))


def test_the_next_process_reads_exactly_what_was_made_and_embeds_nothing(counting: Counting, tmp_path: Path) -> None:
    first, second = process(counting, tmp_path), process(counting, tmp_path)
    first.meet([PARCELS, REFUNDS])
    assert sorted(counting.given) == sorted({*PARCELS, *REFUNDS})
    second.meet([REFUNDS, PARCELS])
    texts = [*PARCELS, *REFUNDS]
    assert np.array_equal(first.encode(texts), second.encode(texts))
    for made, read in zip(first.tokens(texts), second.tokens(texts), strict=True):
        assert (made.words, made.ids.tolist(), made.ids.dtype, made.layers.dtype) == (
            read.words,
            read.ids.tolist(),
            read.ids.dtype,
            read.layers.dtype,
        )
        assert np.array_equal(made.layers, read.layers)
    assert len(counting.given) == len(texts)


def test_only_a_passage_whose_words_changed_is_embedded_again(counting: Counting, tmp_path: Path) -> None:
    process(counting, tmp_path).meet([PARCELS, REFUNDS])
    counting.given.clear()
    process(counting, tmp_path).meet([PARCELS, ("A refund takes five working days.", "Refunds")])
    assert "A refund takes five working days." in counting.given
    assert not set(PARCELS) & set(counting.given)


@pytest.mark.parametrize("harm", ["cut", "flipped", "another's"])
def test_a_damaged_file_is_told_of_by_name_and_made_again(counting: Counting, tmp_path: Path, harm: str) -> None:
    process(counting, tmp_path).meet([PARCELS])
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "flipped":
        path.write_bytes(content[:1000] + bytes([content[1000] ^ 255]) + content[1001:])
    else:
        process(counting, tmp_path / "other").meet([REFUNDS])
        path.write_bytes(next((tmp_path / "other").iterdir()).read_bytes())
    told: list[str] = []
    counting.given.clear()
    again = process(counting, tmp_path, told)
    again.meet([PARCELS])
    assert len(told) == 1
    assert path.name in told[0]
    assert counting.given == list(PARCELS)
    assert np.abs(again.encode(PARCELS) - counting.encode(PARCELS)).max() < 1e-6
    assert path.read_bytes() == content


def test_what_cannot_be_written_is_told_of_and_answers_all_the_same(counting: Counting, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    told: list[str] = []
    asked = process(counting, tmp_path / "taken", told)
    asked.meet([PARCELS])
    assert "cannot be written" in told[-1]
    assert np.abs(asked.encode(PARCELS) - counting.encode(PARCELS)).max() < 1e-6


def test_where_there_is_no_room_the_passage_that_was_longest_not_read_goes(counting: Counting, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    for age, texts in ((300, PARCELS), (200, REFUNDS)):
        before = set(folder.glob("*.npz"))
        process(counting, folder).meet([texts])
        (path,) = set(folder.glob("*.npz")) - before
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    process(counting, folder).meet([PARCELS])  # read again, so that the other one is the older
    process(counting, tmp_path / "other").meet([HOURS])
    everything = sum(path.stat().st_size for path in (*folder.iterdir(), *(tmp_path / "other").iterdir()))
    process(counting, folder, most_bytes=everything - 1).meet([HOURS])
    counting.given.clear()
    process(counting, folder).meet([PARCELS])
    assert counting.given == []
    process(counting, folder).meet([REFUNDS])
    assert counting.given == list(REFUNDS)


def test_the_texts_of_a_passage_in_hand_are_not_counted(counting: Counting, tmp_path: Path) -> None:
    asked = process(counting, tmp_path)
    asked.meet([PARCELS])
    asked.encode([*PARCELS, "How long does a parcel take?"])
    asked.tokens(PARCELS)
    assert asked.asked == 1
    asked.begin()
    asked.encode(PARCELS)
    assert asked.asked == 1 + len(PARCELS)
