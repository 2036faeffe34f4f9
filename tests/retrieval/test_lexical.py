from pathlib import Path

import numpy as np
import pytest

from retrieval.lexical import Lexical, terms


def index(*texts: str) -> Lexical:
    return Lexical.build([terms(text) for text in texts])


def test_words_are_stemmed_folded_and_without_stop_words() -> None:
    assert terms("The REFUNDS of my cafés don't matter, please") == terms("refund café matters")


def test_single_digits_are_words_for_they_tell_models_apart() -> None:
    assert "2" in terms("Tap 2")


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    lexical = index("refund card", "refund cash", "refund voucher")
    assert lexical.rarity("voucher") > lexical.rarity("refund")
    assert int(np.argmax(lexical.scores(terms("refund voucher")))) == 2
    assert lexical.holding("refund").tolist() == [0, 1, 2]


def test_unknown_words_score_nothing_and_are_the_rarest() -> None:
    lexical = index("refund card", "refund cash")
    assert lexical.scores(["zebra"]).tolist() == [0.0, 0.0]
    assert lexical.rarity("zebra") > lexical.rarity("card")


def test_survives_being_saved(tmp_path: Path) -> None:
    lexical = index("refund card", "opening hours")
    lexical.save(tmp_path / "lexical")
    assert Lexical.load(tmp_path / "lexical", 2).scores(["hour"]).tolist() == pytest.approx(lexical.scores(["hour"]).tolist())


def test_a_corpus_of_stop_words_alone_can_be_searched() -> None:
    assert index("the of", "and to").scores(terms("anything")).tolist() == [0.0, 0.0]
