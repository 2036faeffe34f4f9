"""A sentence is cut where a clause may be left out."""

from service.local import clauses


def texts(sentence: str, shortens: bool = True) -> list[str]:
    return [clause.text for clause in clauses.cut(sentence, shortens)]


def test_cuts_at_commas_and_before_what_begins_a_clause() -> None:
    assert texts("The left door sticks, and it rings because the spring is worn.") == [
        "The left door sticks",
        "and it rings",
        "because the spring is worn.",
    ]


def test_numbers_and_short_lists_stay_whole() -> None:
    assert texts("We have paid 1,200 pounds for rooms 12, 13 and 14.") == ["We have paid 1,200 pounds for rooms 12, 13 and 14."]


def test_last_phrases_of_a_long_clause_can_be_left_out_but_not_of_a_question() -> None:
    sentence = "Three blue crates with our glasses were left on the wet pavement in the rain"
    assert texts(sentence) == ["Three blue crates with our glasses were left on the wet pavement", "in the rain"]
    assert texts(sentence, shortens=False) == [sentence]


def test_nothing_is_cut_within_quotation_marks() -> None:
    assert texts('The display on the wall says "come back on the second Monday in May" and no more')[0].count('"') % 2 == 0


def test_a_clause_that_hangs_on_another_does_not_stand() -> None:
    stands = {clause.text: clause.stands for clause in clauses.cut("Every so often, usually on a stair, it gives way, which rather hurts.")}
    assert stands == {"Every so often": False, "usually on a stair": False, "it gives way": True, "which rather hurts.": False}
