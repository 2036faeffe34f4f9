import pytest

from service.text.negation import negated


@pytest.mark.parametrize(
    ("text", "under"),
    [
        ("the toll is not charged , and the fuel is", "not charged"),
        ("you don ' t pay for it but you sign", "t pay for it"),
        ("you don't pay for it", "don't pay for it"),
        ("no dog is refused here", "no dog is refused"),
        ("the harness is included", ""),
        ("without a receipt ; with one", "without a receipt"),
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause_and_a_second_one_undoes_it(text: str, under: str) -> None:
    words = text.split()
    assert " ".join(word for word, flag in zip(words, negated(words), strict=True) if flag) == under


def test_nothing_is_negated_in_nothing() -> None:
    assert negated([]).shape == (0,)
