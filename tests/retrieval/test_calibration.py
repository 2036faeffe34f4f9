import hashlib
from collections.abc import Sequence

import numpy as np

from retrieval import calibration
from retrieval.encoder import Vectors
from retrieval.index import Index
from retrieval.lexical import terms
from retrieval.passages import Passage


def encode(texts: Sequence[str]) -> Vectors:
    """Give each word a direction of its own, the same in every run, and a text the sum of its words."""
    vectors = np.zeros((len(texts), 64), dtype=np.float32)
    for row, text in enumerate(texts):
        for term in terms(text) or ["nothing"]:
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            vectors[row] += np.random.default_rng(seed).normal(size=64).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def corpus(*articles: Sequence[str]) -> Index:
    passages = [
        Passage(f"{number}-{part}", f"{number}.md", text.split(".")[0], "", text)
        for number, texts in enumerate(articles)
        for part, text in enumerate(texts)
    ]
    return Index.build(passages, encode([passage.headed() for passage in passages]))


FRUIT = corpus(
    ["Apples keep in a cold cellar for the whole winter.", "Apples from the cellar are washed before they are pressed."],
    ["Pears ripen in a bowl on the kitchen table.", "Pears in the bowl are turned over every single day."],
    ["Plums are dried in an oven with the door ajar.", "Plums from the oven rest for a night under a cloth."],
)


def test_the_floor_lets_most_of_the_corpus_through_and_stops_most_foreign_questions() -> None:
    measured = calibration.calibrate(FRUIT, encode)
    assert measured.operating.floor == measured.floor
    assert (measured.operating.answered or 0) >= 0.8
    assert (measured.operating.foreign_refused or 0) >= 0.75  # the floor starts from their quantile .8


def test_the_curve_refuses_more_the_higher_the_floor() -> None:
    curve = calibration.calibrate(FRUIT, encode).curve
    refused = [point.foreign_refused or 0 for point in curve]
    answered = [point.answered or 0 for point in curve]
    assert refused == sorted(refused)
    assert answered == sorted(answered, reverse=True)


def test_the_same_corpus_is_always_measured_alike() -> None:
    assert calibration.calibrate(FRUIT, encode) == calibration.calibrate(FRUIT, encode)


def test_a_corpus_of_single_passages_keeps_the_usual_weight() -> None:
    single = corpus(["Apples keep in a cold cellar for the whole winter."], ["Pears ripen in a bowl on the kitchen table."])
    assert calibration.calibrate(single, encode).weight == calibration.USUAL_WEIGHT


def test_a_corpus_without_sentences_has_a_floor_and_says_what_was_not_measured() -> None:
    measured = calibration.calibrate(corpus(["| a | b |"], ["| c | d |"]), encode)
    assert measured.operating.answered is None
    assert measured.operating.left_out_refused is None
    assert 0 < measured.floor < 1
