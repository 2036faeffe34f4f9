"""What is learned from a folder's tables: readers that have not seen a mail's trade, rubrics that are checked, and tables that keep the contract."""

import dataclasses
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service import prompting
from service.arrays import Kept
from service.local import deadlines, training, urgency
from service.local.training import Fitting
from service.prompting import PromptError, PromptFolder
from tests.service.local.bags import Bags

LATEST = prompting.PROMPTS / "extract_ticket" / "v2"
LEVELS = (None, "low", "medium", "high")
NEVER_TAUGHT = ("freight", "district", "blood", "funeral", "interpreter", "allotment", "sewing", "swimming", "hospital", "examination")
THINGS = ("kettle", "lamp", "radio", "ladder", "pump", "bicycle", "printer", "oven", "tent", "piano", "boat", "drone")


@pytest.fixture(scope="module")
def latest() -> PromptFolder:
    return prompting.load(LATEST)


def small(latest: PromptFolder) -> PromptFolder:
    """Make a folder of two events in twelve trades, which a bag of words can tell apart."""
    mails: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for place, thing in enumerate(THINGS):
        for number, (event, level, text) in enumerate(
            [("safety_risk", "high", f"The {thing} smokes and burned my hand."), ("how_to", "low", f"How do I clean the {thing}?")]
        ):
            identity = f"{thing}-{number}"
            rows.append({"text": text, "event": event, "trade": thing, "mail": identity, "counts": 4})
            mails.append(
                {"id": identity, "trade": thing, "subject": "", "body": f"{text}\n\nAda Vale {place}", "from_name": "Front Desk",
                 "ticket": {"customerName": "Ada Vale", "issueSummary": text, "urgency": level}}
            )  # fmt: skip
    people = [{"text": "Ada Vale", "person": True}, {"text": "Front Desk", "person": False}]
    return dataclasses.replace(latest, tables={"sentences": rows, "examples": mails, "names": people}, sha256="small")


def test_a_reader_tells_events_of_a_thing_that_it_never_met(latest: PromptFolder, tmp_path: Path) -> None:
    reader = Fitting(Kept(tmp_path, shipped=tmp_path), Bags()).reader(small(latest))
    told = []
    for text in ("The samovar smokes and burned my hand.", "How do I clean the samovar?"):
        sheet = urgency.read(reader.judge.reader, "", text, None, Bags().layers)
        told.append(urgency.decide(reader.judge, sheet).level)
    assert told == ["high", "low"]


def test_a_kept_reader_is_the_fitted_one(latest: PromptFolder, tmp_path: Path) -> None:
    texts = ["The lamp smokes.", "How do I open it?"]
    fitted, again = (
        Fitting(Kept(tmp_path, shipped=tmp_path), Bags()).reader(small(latest)).judge.reader.read(texts, Bags().layers(texts)) for _ in range(2)
    )
    assert (fitted == again).all()


def test_a_table_that_is_missing_is_named(latest: PromptFolder, tmp_path: Path) -> None:
    broken = dataclasses.replace(small(latest), tables={"sentences": []})
    with pytest.raises(PromptError, match=r"sentences\.jsonl is missing or empty"):
        Fitting(Kept(tmp_path, shipped=tmp_path), Bags()).fit(broken)


def test_the_rubric_says_how_events_are_told(latest: PromptFolder) -> None:
    rules = training.ruled(latest)
    assert (rules.gives["data_loss"], rules.deadline_hours, rules.begins["data_loss"]) == ("high", 24.0, "reports lost data")
    assert {event for event, level in rules.gives.items() if level != "none"} <= rules.tells.keys()


def test_sentences_of_an_example_stand_in_it_word_for_word(latest: PromptFolder) -> None:
    whole = {row["id"]: " ".join(f"{row['subject']} {row['body']}".split()) for row in latest.tables["examples"]}
    own = [row for row in latest.tables["sentences"] if row.get("counts") == 2 and row.get("mail")]
    assert len(own) > 1500
    assert [row["text"] for row in own if row["text"] not in whole[row["mail"]]] == []


def test_the_worst_sentence_gives_an_example_its_urgency(latest: PromptFolder) -> None:
    rules, mails = training.ruled(latest), {row["id"]: row for row in latest.tables["examples"]}
    worst: dict[str, int] = defaultdict(int)
    for row in latest.tables["sentences"]:
        if row.get("counts") == 2 and row.get("mail"):
            level = rules.gives[row["event"]]
            worst[row["mail"]] = max(worst[row["mail"]], 2 if level == "by date" else LEVELS.index(None if level == "none" else level))
    dated = {row["mail"] for row in latest.tables["sentences"] if row["event"] == "deadline" and row.get("mail")}
    wrong = [name for name, level in worst.items() if mails[name]["ticket"]["urgency"] != LEVELS[level] and name not in dated]
    assert wrong == []


def test_no_trade_is_taught_that_the_evals_keep_apart(latest: PromptFolder) -> None:
    trades = {row["trade"].lower() for row in latest.tables["examples"]} | {
        row["trade"].lower() for row in latest.tables["sentences"] if "counts" in row
    }
    assert [trade for trade in trades if any(word in trade for word in NEVER_TAUGHT)] == []


def test_most_deadlines_of_the_examples_are_read(latest: PromptFolder) -> None:
    mails = {row["id"]: row for row in latest.tables["examples"]}
    due = [row for row in latest.tables["sentences"] if row["event"] == "deadline" and row.get("mail") in mails]
    read = [deadlines.hours_until(row["text"], datetime.fromisoformat(mails[row["mail"]]["date"])) is not None for row in due]
    assert sum(read) > 0.7 * len(read)
