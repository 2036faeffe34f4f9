"""Help centres that answers are taught and measured by, and trades that nothing is taught from."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals import centre_questions
from evals.centre_questions import Centre
from ops.training import support
from service import prompting

NEVER_TAUGHT = {
    "freight forwarding": ("freight forward",),
    "district heating": ("district heating", "heat network"),
    "blood donation service": ("blood dono", "blood donation", "donating blood", "give blood"),
    "funeral home": ("funeral",),
    "court interpreters' agency": ("court interpret",),
    "allotment association": ("allotment",),
    "sewing-machine maker": ("sewing machine", "sewing-machine"),
    "municipal swimming pools": ("swimming pools", "municipal pool", "public pool"),
    "internal IT desk of a hospital group": ("hospital group", "hospital it desk"),
    "examination board": ("examination board", "exam board"),
}


SEALED = {f"extract_ticket/{version}/sentences" for version in ("v1", "v2", "v3", "v4")}  # one line of a mail about a sewing-machine, which r1 pins


def trade_never_taught(trade: str) -> str | None:
    """Return which of the ten a trade is, None where it is none."""
    return next((name for name, marks in NEVER_TAUGHT.items() if any(mark in trade.lower() for mark in (*marks, name.lower()))), None)


def _trades() -> Iterator[tuple[str, str]]:
    """Give every trade that is named in a taught centre or in a prompt folder, with where."""
    for centre in centre_questions.centres(support.CENTRES):
        yield centre.trade, "centres"
    for folder in sorted(prompting.PROMPTS.glob("*/v*")):
        for name, rows in prompting.load(folder).tables.items():
            yield from ((str(row["trade"]), f"{folder.parent.name}/{folder.name}/{name}") for row in rows if row.get("trade"))


def test_nothing_is_taught_from_the_trades_that_are_kept_for_measuring() -> None:
    assert [(trade, where) for trade, where in _trades() if where not in SEALED and trade_never_taught(trade)] == []


@pytest.mark.parametrize("trade", ["Funeral home in two towns", "blood donation service", "maker of sewing machines; sewing-machine maker"])
def test_a_row_of_a_kept_trade_is_refused(trade: str) -> None:
    assert trade_never_taught(trade)


def test_no_taught_trade_is_measured_by() -> None:
    taught = {centre.trade for centre in centre_questions.centres(support.CENTRES)}
    assert taught.isdisjoint(centre.trade for centre in centre_questions.centres())


@pytest.mark.parametrize("folder", [support.CENTRES, centre_questions.LEFT_OUT])
def test_what_is_said_to_answer_stands_in_its_article(folder: Path) -> None:
    def lost(centre: Centre) -> Iterator[str]:
        texts = {one.name: " ".join(one.text.split()) for one in centre.articles}
        for question in centre.questions:
            for unit in question.units:
                if not any(" ".join(unit.split()) in texts[name] for name in question.articles):
                    yield unit

    assert [unit for centre in centre_questions.centres(folder) for unit in lost(centre)] == []


def test_worked_examples_of_a_trade_make_one_centre() -> None:
    lamp = {"title": "Lamps", "heading": "Care", "text": "Wipe it dry."}
    rows = [
        {"trade": "lamps", "question": "How do I clean it?", "passages": [lamp], "answer": ["Wipe it dry."]},
        {"trade": "lamps", "question": "What does it cost?", "passages": [lamp], "answer": []},
    ]
    (made,) = centre_questions.worked(json.loads(json.dumps(rows)))
    assert len(made.articles) == 1
    assert [one.answerable for one in made.questions] == [True, False]
    assert made.questions[0].articles == (made.articles[0].name,)
