import pytest

from service.stages.check import agreement, evidence
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
