"""A bag weighs terms as the library does that its weights were learned with."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from service.local import bag
from service.local.bag import Bag

MAILS = (
    ("Sale ends Sunday", "20% off everything until Sunday. Unsubscribe here."),
    ("Invoice 4711", "My invoice 4711 is wrong, please send another one."),
    ("Summer offers", "Offers until Sunday: 30% off all tents. Unsubscribe."),
    ("Late", "My parcel is late. Where is it? Please tell me."),
)


def test_scores_are_those_of_the_library() -> None:
    listed = [bag.terms(subject, text) for subject, text in MAILS]
    counting = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    fitted = LogisticRegression(C=20.0).fit(counting.fit_transform(listed), [True, False, True, False])
    places = {term: place for place, term in enumerate(counting.get_feature_names_out())}
    made = Bag(places, counting.idf_, fitted.coef_[0], float(fitted.intercept_[0]))
    unseen = [bag.terms("Sunday sale", "My 2 tents: where are they, and where is my invoice?"), bag.terms("x", "Off, off, off until Sunday")]
    expected = fitted.decision_function(counting.transform([*listed, *unseen]))
    assert [made.score(one) for one in [*listed, *unseen]] == pytest.approx(expected.tolist())


def test_terms_that_nothing_was_learned_of_count_for_nothing() -> None:
    made = Bag({"sunday": 0}, np.ones(1), np.array([4.0]), -1.0)
    assert made.score([]) == made.score(["monday", "monday ."]) == -1.0
    assert made.score(["sunday", "monday"]) == 3.0


@pytest.mark.parametrize(
    ("subject", "text", "listed"),
    [
        ("Re: Late", "At 10", ["s:re", "s:late", "at", "0", "s:re s:late", "s:late at", "at 0"]),
        ("", "Où est-il ?", ["où", "est", "il", "?", "où est", "est il", "il ?"]),
        ("", "", []),
    ],
)
def test_terms_are_words_numbers_and_pairs(subject: str, text: str, listed: list[str]) -> None:
    assert bag.terms(subject, text) == listed


def test_a_long_text_is_read_from_its_start_alone() -> None:
    assert len(bag.terms("", "word " * 100_000)) == 2 * bag.READ // 5 - 1
