from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingestion.build import build
from retrieval import search
from retrieval.encoder import Vectors
from retrieval.index import Index, Snapshot, open_snapshot
from retrieval.passages import Passage
from tests.retrieval.tiny_encoder import make_encoder, make_source

ARTICLES = {
    "refunds.md": "# Refunds\n\nA refund takes five working days to reach the card of the customer.\n",
    "hours.md": "# Opening hours\n\nThe shop is open from nine to five on all working days.\n",
    "reader.md": "# Card reader\n\nHold the side button for three seconds until the bell rings on the reader.\n",
    "vouchers.md": "# Vouchers\n\nA voucher is valid for two years and may be used in parts at the counter.\n",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("search")
    source = make_source(root / "model")
    make_encoder(root / "data" / "encoders", source)
    (root / "help").mkdir()
    for name, text in ARTICLES.items():
        (root / "help" / name).write_text(text)
    return open_snapshot(build([root / "help"], root / "data", model=str(source)).folder, root / "data" / "encoders")


def test_finds_the_article_that_has_the_words(snapshot: Snapshot) -> None:
    found = search.search(snapshot, "how long is a voucher valid?").found
    assert found[0].passage.article == "vouchers.md"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 and one.similarity is not None for one in found)


def test_a_question_in_the_words_of_the_help_centre_is_answerable_and_gibberish_is_not(snapshot: Snapshot) -> None:
    assert search.search(snapshot, "A refund takes five working days").answerable
    assert search.search(snapshot, "A refund takes five working days").confidence > search.search(snapshot, "qq zz xx").confidence


def test_a_release_may_set_another_floor(snapshot: Snapshot) -> None:
    held = search.search(snapshot, "refund", floor=1.1)
    assert held.floor == 1.1
    assert not held.answerable
    assert held.found


def test_an_empty_question_finds_nothing(snapshot: Snapshot) -> None:
    nothing = search.search(snapshot, "  \n")
    assert (nothing.found, nothing.confidence, nothing.answerable) == ((), 0.0, False)


def test_gives_all_there_is_when_asked_for_more(snapshot: Snapshot) -> None:
    assert len(search.search(snapshot, "refund", k=50).found) <= len(ARTICLES)
    assert len(search.search(snapshot, "refund", k=2).found) == 2


def test_a_mail_of_many_pages_can_be_searched(snapshot: Snapshot) -> None:
    mail = "I was at your shop and had a lovely time. " * 2000 + "When does my refund come?"
    assert search.search(snapshot, mail).found


def index_of(*texts: tuple[str, str], vectors: Sequence[Sequence[float]]) -> Index:
    passages = [Passage(str(number), article, "T", "", text) for number, (article, text) in enumerate(texts)]
    unit = np.array(vectors, dtype=np.float32)
    return Index.build(passages, unit / np.linalg.norm(unit, axis=1, keepdims=True))


def ask(vector: Sequence[float]) -> Vectors:
    return np.array(vector, dtype=np.float32) / np.float32(np.linalg.norm(vector))


def test_words_decide_between_passages_that_are_equally_near() -> None:
    index = index_of(("a", "green apple"), ("b", "red pear"), vectors=[[1, 1], [1, 1]])
    assert search.rank(index, "pear", ask([1, 1]), 0.35).numbers[0] == 1


def test_without_a_known_word_the_vector_alone_decides() -> None:
    index = index_of(("a", "green apple"), ("b", "red pear"), vectors=[[1, 0], [0, 1]])
    ranking = search.rank(index, "zebra", ask([0, 1]), 0.35)
    assert ranking.numbers.tolist() == [1, 0]
    assert ranking.scores[0] == pytest.approx(0.65)


def test_what_is_left_out_is_not_found() -> None:
    index = index_of(("a", "green apple"), ("b", "red pear"), vectors=[[1, 0], [0, 1]])
    ranking = search.rank(index, "apple", ask([1, 0]), 0.35, without=np.array([0]))
    assert ranking.numbers.tolist() == [1]
    assert search.rank(index, "apple", ask([1, 0]), 0.35, without=np.array([0, 1])).confidence == 0.0


def test_one_article_does_not_fill_the_list() -> None:
    texts = [("a", f"apple sort {number} of orchard {number * 7}") for number in range(5)] + [("b", "pear"), ("c", "plum")]
    index = index_of(*texts, vectors=[[1, 0.01 * number] for number in range(5)] + [[1, 1], [0.5, 1]])
    chosen = search._choose(index, [0, 1, 2, 3, 4, 5, 6], 4)
    assert [index.passages[number].article for number in chosen] == ["a", "a", "b", "c"]
    assert search._choose(index, [0, 1, 2, 3, 4, 5, 6], 6) == [0, 1, 2, 3, 5, 6]


def test_a_passage_that_repeats_its_sibling_is_left_for_last() -> None:
    index = index_of(("a", "green apple pie"), ("a", "green apple pie!"), ("b", "pear"), vectors=[[1, 0], [1, 0], [0, 1]])
    assert search._choose(index, [0, 1, 2], 2) == [0, 2]


def test_the_same_text_in_two_articles_takes_one_place_and_the_newest_has_it() -> None:
    index = index_of(("a", "Green  apple pie"), ("b", "green apple pie"), ("c", "pear"), vectors=[[1, 0], [1, 0], [0, 1]])
    dates = ("2025-01-01", "2026-01-01", None)
    dated = replace(index, passages=tuple(replace(one, updated=day) for one, day in zip(index.passages, dates, strict=True)))
    assert search._choose(dated, [0, 1, 2], 2) == [1, 2]


def test_an_article_that_another_one_replaces_comes_last() -> None:
    index = index_of(("old", "green apple pie"), ("new", "red apple pie"), ("c", "pear"), vectors=[[1, 0], [1, 0.1], [0, 1]])
    assert search._choose(index, [0, 1, 2], 2, frozenset({"old"})) == [1, 2]
    assert search._choose(index, [0], 2, frozenset({"old"})) == [0]


def test_the_snapshot_stays_as_it_was(snapshot: Snapshot, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in snapshot.folder.iterdir() if path.is_file()}
    search.search(snapshot, "refund")
    assert {path.name: path.read_bytes() for path in snapshot.folder.iterdir() if path.is_file()} == before
