"""Windows are cut with what stands around them, and described by how they stand to a question."""

import numpy as np

from retrieval.passages import Found, Passage
from service.local import asked
from service.local.asked import Background
from tests.service.local.bags import Bags

TEXT = "Parcels to France cost £5.\n\nParcels to Spain cost £9.\n\n1. Open the app.\n2. Choose the country."
NOWHERE, MISSING_RARITY = 35, 31


def described(question: str) -> np.ndarray:
    sources = {"p1": Found(Passage("1", "a.md", "Sending parcels", "", TEXT), 0.8, 0.5)}
    return asked.describe((question,), asked.windows(sources), Background({"parcel": 1.0, "spain": 3.0, "zurich": 4.0}), Bags())


def test_a_window_holds_its_neighbours_and_its_heads() -> None:
    first, second, *_ = asked.windows({"p1": Found(Passage("1", "a.md", "Sending parcels", "Prices", TEXT), 0.8, 0.5)})
    assert (first.before, first.after) == ("", second.text)
    assert first.heads == "Sending parcels. Prices"


def test_describes_every_window_with_finite_numbers() -> None:
    rows = described("What does a parcel to Spain cost?")
    assert rows.shape[0] == 4
    assert np.isfinite(rows).all()


def test_a_word_that_nothing_found_says_is_seen() -> None:
    known, unknown = described("What does a parcel to Spain cost?"), described("What does a parcel to Zurich cost?")
    assert (unknown[:, NOWHERE] > known[:, NOWHERE]).all()
    assert unknown[0, MISSING_RARITY] == 4.0


def test_the_unit_that_says_the_rare_word_shares_most() -> None:
    rows = described("What does a parcel to Spain cost?")
    assert rows[:, 19].argmax() == 1
