import pytest

from service.stages.check import agreement, evidence
from service.stages.check.evidence import Passage
from tests.service.stages.check.material import FEES, BagsOfTokens


def fault(sentence: str) -> str | None:
    return agreement.fault(sentence, evidence.choose(sentence, [FEES], BagsOfTokens()))


@pytest.mark.parametrize(
    "sentence",
    [
        "The floor sander has a deposit of £180 and costs £45 a day.",
        "Cancelling costs nothing until two days before.",
        "A machine of 20 kg is carried to your car.",
        "The weekend price for the tile cutter is 30 pounds.",
        "The weekend ends at 9:00 on Monday.",
    ],
)
def test_the_same_in_other_words_agrees(sentence: str) -> None:
    assert fault(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "The floor sander costs £45 for the weekend.",
        "The tile cutter needs a deposit of £180.",
        "You can cancel free of charge up to 48 minutes before.",
        "Delivery costs £12 a day.",
        "The weekend ends on Monday at 11:30 am.",
        "Machines up to 30 kg are carried to your car.",
    ],
)
def test_another_number_unit_row_column_or_basis_does_not(sentence: str) -> None:
    assert fault(sentence) is not None


BEDS = Passage(
    "Where choirs sleep", "", "Choirs sleep in the gymnasium for 8 euros a night per person. Under-30s pay half. A locker is 3 euros per week."
)


@pytest.mark.parametrize(
    "sentence", ["A night in the gymnasium is 8 euros a head.", "It costs 8 euros per person and night.", "Anyone under 30 pays half."]
)
def test_a_price_may_be_told_for_two_things(sentence: str) -> None:
    assert agreement.fault(sentence, evidence.choose(sentence, [BEDS], BagsOfTokens())) is None


@pytest.mark.parametrize("sentence", ["A locker is 3 euros a day.", "The gymnasium is 8 euros per month and person."])
def test_a_price_for_another_time_is_another_price(sentence: str) -> None:
    assert agreement.fault(sentence, evidence.choose(sentence, [BEDS], BagsOfTokens())) is not None


KILNS = Passage(
    "Kilns for hire",
    "Sizes",
    """A refund takes up to eight working days.

| | Ember 3 | Ember 3 Plus |
|---|---|---|
| Shelves | 4 | 6 |
| Brush out the flue | every 60 firings | every 90 firings |

| Plan | Price | Firings a month |
|---|---|---|
| Potter | £40 | 8 |
| Studio | £95 | 30 |

The Plus needs 14 square feet of floor.""",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "A refund takes up to eight calendar days.",
        "Brush out the flue of the Ember 3 every 90 firings.",
        "With the Potter plan you have 30 firings a month.",
        "The Plus needs 14 square yards of floor.",
        "The Ember 3 has 6 shelves.",
    ],
)
def test_a_days_kind_a_longer_name_a_column_per_month_and_a_squared_unit_are_told_apart(sentence: str) -> None:
    assert agreement.fault(sentence, evidence.choose(sentence, [KILNS], BagsOfTokens())) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "A refund takes up to eight working days.",
        "Brush out the flue of the Ember 3 Plus every 90 firings.",
        "With the Studio plan you have 30 firings in one calendar month.",
        "The Plus needs 14 square feet of floor.",
        "The Ember 3 has four shelves, the Ember 3 Plus six.",
    ],
)
def test_and_the_right_ones_agree(sentence: str) -> None:
    assert agreement.fault(sentence, evidence.choose(sentence, [KILNS], BagsOfTokens())) is None
