"""The measure of other trades leaves whole trades out, and its figures are those of the mails that were read."""

import dataclasses

import pytest

from ops.training import other_trades
from ops.training.other_trades import Seen
from service import prompting

SEEN = Seen(right="high", given="high", named=True, invented=False, facts=0.5, stable=True)


def test_a_trade_that_is_left_out_teaches_neither_mails_nor_sentences() -> None:
    prompt = prompting.load(prompting.PROMPTS / "extract_ticket" / "v2")
    trades = sorted({row["trade"] for row in prompt.tables["examples"]})
    folder = other_trades.taught(prompt, trades[1:], frozenset(trades[:1]))
    assert trades[0] not in {row["trade"] for name in ("examples", "sentences") for row in folder.tables[name]}
    assert len(folder.tables["names"]) == len(prompt.tables["names"])
    assert 0 < len(folder.tables["sentences"]) < len(prompt.tables["sentences"])


def test_a_level_is_scored_by_what_was_found_and_what_was_called_so() -> None:
    missed, called = dataclasses.replace(SEEN, given="low"), dataclasses.replace(SEEN, right="low")
    assert other_trades.f1([SEEN, missed, called], "high") == pytest.approx(0.5)
    assert other_trades.f1([SEEN], "medium") == 0


def test_a_row_of_the_table_says_nothing_of_what_was_not_seen() -> None:
    row = other_trades.line("all", [SEEN, dataclasses.replace(SEEN, right="none", given="none", facts=None, stable=False)])
    assert row.split() == ["all", "2", "0.500", "1.000", "1.000", "0.000", "0.500", "0.500", "1.000", "0.000"]
