"""Networks learn what no line can part, weigh rows by their counts, and are the same when they are read back."""

import numpy as np
import pytest

from service.local import networks
from service.local.networks import Networks


def corners(each: int = 40) -> tuple[np.ndarray, list[str]]:
    """Make points near the corners of a square, opposite ones with the same label."""
    random = np.random.default_rng(7)
    at = np.array([(x, y) for x in (-1, 1) for y in (-1, 1) for _ in range(each)], dtype=np.float32)
    return at + random.normal(0, 0.1, at.shape).astype(np.float32), ["same" if x == y else "other" for x, y in at]


@pytest.fixture(scope="module")
def fitted() -> tuple[tuple[str, ...], Networks]:
    rows, labels = corners()
    return networks.fit(np.repeat(rows, 8, axis=1), labels, [4] * len(rows))


def test_what_no_line_can_part_is_told_apart(fitted: tuple[tuple[str, ...], Networks]) -> None:
    labels, found = fitted
    rows, truths = corners(5)
    told = [labels[place] for place in found.log_probabilities(np.repeat(rows, 8, axis=1)).argmax(axis=1)]
    assert (labels, told) == (("other", "same"), truths)


def test_probabilities_sum_to_one_and_stay_finite_far_out(fitted: tuple[tuple[str, ...], Networks]) -> None:
    likely = fitted[1].log_probabilities(np.full((1, 16), 1e6, dtype=np.float32))
    assert np.isfinite(likely).all()
    assert float(np.exp(likely).sum()) == pytest.approx(1.0, abs=1e-4)


def test_kept_arrays_make_the_same_networks(fitted: tuple[tuple[str, ...], Networks]) -> None:
    rows = np.repeat(corners(2)[0], 8, axis=1)
    again = networks.read(fitted[1].arrays())
    assert np.array_equal(again.log_probabilities(rows), fitted[1].log_probabilities(rows))


def test_a_row_that_counts_more_decides_where_rows_contradict() -> None:
    rows = np.zeros((60, 4), dtype=np.float32)
    rows[:, 0] = np.arange(60) % 2
    labels, found = networks.fit(rows, ["rare", "common"] * 10 + ["other", "common"] * 20, [9, 1] * 10 + [1, 1] * 20)
    told = labels[int(found.log_probabilities(np.zeros((1, 4), dtype=np.float32))[0].argmax())]
    assert told == "rare"
