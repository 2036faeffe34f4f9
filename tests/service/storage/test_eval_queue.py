"""Rejections, wrong answers, struck sentences and second mails wait to become eval cases, once each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, insert, update

from evals.judge.labels import Label
from ingestion.mail import message
from service.storage import eval_candidates, eval_queue
from service.storage.database import writing
from service.storage.eval_candidates import NoTicket
from service.storage.tables import Email, Raw, Review, Ticket

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
STRUCK = {"text": "It is free.", "citations": ["p1"], "why": "no passage says so"}
CITED = {"id": "p1", "article": "fees.md", "title": "Fees", "heading": "", "quote": "A dispute costs £15.", "score": 0.9}
ANSWER = {"text": "It costs £15.", "sentences": [], "citations": [CITED], "struck": [STRUCK]}


def _ticket(engine: Engine, id: str, sender: str = "ana@x.example", hours: int = 0, subject: str = "s", **columns: Any) -> None:
    with writing(engine) as session:
        head = {"key": id, "digest": id, "subject": subject, "sender": sender, "size": 1, "state": "done", "tries": 1}
        session.execute(insert(Email).values(id=id, received_at=NOW + timedelta(hours=hours), **head))
        session.execute(insert(Raw).values(email_id=id, content=b"From: ana@x.example\nSubject: s\n\nHello"))
        session.execute(insert(Ticket).values(**{"email_id": id, "status": "answered", "finished_at": NOW, "release": "r1", **columns}))


def _review(engine: Engine, id: str, verdict: str, reason: str | None, before: str | None = None, after: str | None = None, at: int = 0) -> None:
    states = {"before": {"answer": before and {"text": before}}, "after": {"answer": after and {"text": after}}}
    with writing(engine) as session:
        row = {"id": f"r{at}-{id}-{verdict}", "email_id": id, "at": NOW + timedelta(hours=at), "verdict": verdict, "reason": reason, "reviewer": "b"}
        session.execute(insert(Review).values(**row, **states))


def test_waits_with_what_people_said(engine: Engine, tmp_path: Path) -> None:
    for id, sender in (("t1", "a@x.example"), ("t2", "b@x.example"), ("t3", "c@x.example")):
        _ticket(engine, id, sender)
    _review(engine, "t1", "reject", "the fee is of another country")
    _review(engine, "t2", "edit", None)
    _review(engine, "t3", "approve", None)
    found = {one.ticket: (one.why, one.says, one.kind) for one in eval_queue.waiting(engine, tmp_path)}
    assert found == {"t1": ("rejected", "the fee is of another country", "mail"), "t2": ("edited", "no reason was given", "mail")}


def test_waits_where_a_sentence_was_struck_sent_or_not(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", "a@x.example", answer=ANSWER)
    _ticket(engine, "t2", "b@x.example", status="handedOver", draft=ANSWER)
    _ticket(engine, "t3", "c@x.example", answer={**ANSWER, "struck": []})
    found = eval_queue.waiting(engine, tmp_path)
    assert sorted((one.ticket, one.why, one.kind) for one in found) == [("t1", "struck", "answer"), ("t2", "struck", "answer")]
    assert found[0].says == "It is free. (no passage says so)"


def test_waits_where_the_sender_wrote_again_soon_after_an_answer(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", "ana@x.example")
    _ticket(engine, "t2", "ana@x.example", hours=5, subject="still not working")
    _ticket(engine, "t3", "ben@x.example")
    _ticket(engine, "t4", "ben@x.example", hours=24 * 40)  # another matter
    _ticket(engine, "t5", "cy@x.example", status="handedOver", handed_over_reason="policy")
    _ticket(engine, "t6", "cy@x.example", hours=1)  # a person has it anyway
    _ticket(engine, "t7", "")
    _ticket(engine, "t8", "", hours=1)  # nobody knows that these are one
    found = eval_queue.waiting(engine, tmp_path)
    assert [(one.ticket, one.why, one.says) for one in found] == [("t1", "second mail", "the sender wrote again: still not working")]


LEFT = {**ANSWER, "struck": []}


def _of_answers(engine: Engine, folder: Path) -> dict[str, tuple[str, str]]:
    return {one.ticket: (one.why, one.says) for one in eval_queue.waiting(engine, folder) if one.kind == "answer"}


def test_an_answer_that_left_and_was_rejected_edited_or_asked_about_again_waits(engine: Engine, tmp_path: Path) -> None:
    for number in range(1, 7):
        _ticket(engine, f"t{number}", f"{number}@x.example", answer=LEFT)
    _review(engine, "t1", "reject", "the fee is of another country", "It costs £15.", "It costs £15.")
    _review(engine, "t2", "edit", None, "It costs £15.", "It costs €20.")
    _review(engine, "t3", "edit", "urgency", "It costs £15.", "It costs £15.")  # of the fields alone
    _review(engine, "t4", "approve", None, "It costs £15.", "It costs £15.")
    _ticket(engine, "t7", "5@x.example", hours=2, subject="4111 1111 1111 1111 still charged", status="handedOver", handed_over_reason="policy")
    _ticket(engine, "t8", "6@x.example", hours=2, subject="Thank you", discarded="thanks")
    assert _of_answers(engine, tmp_path) == {
        "t1": ("rejected", "the fee is of another country"),
        "t2": ("edited", "no reason was given"),
        "t5": ("second mail", "the sender wrote again: [card] still charged"),
    }


def test_an_answer_that_did_not_leave_is_no_wrong_answer(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", "a@x.example", status="handedOver", handed_over_reason="policy", answer=LEFT)
    _ticket(engine, "t2", "b@x.example")
    for id in ("t1", "t2"):
        _review(engine, id, "reject", "wrong")
    assert _of_answers(engine, tmp_path) == {}


def test_the_candidate_of_a_wrong_answer_says_it_as_it_left_and_what_a_person_made_of_it(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", question="What is it?", answer={**LEFT, "text": "It costs €20."}, search={"passages": [{"id": "x1"}]})
    _review(engine, "t1", "edit", "typo", "It costs £15.", "It costs £20.", at=1)
    _review(engine, "t1", "edit", "currency", "It costs £20.", "It costs €20.", at=2)
    path = eval_queue.make_answer(engine, tmp_path, "t1", {"x1": "Fees. A dispute costs €20."}.get)
    (row,) = yaml.safe_load(path.read_text("utf-8"))
    label = Label.model_validate(row)
    assert (label.question, label.cited, label.answer) == ("What is it?", ("Fees. A dispute costs €20.",), "It costs £15.")
    assert label.wrong == "edited: currency (a person wrote instead: It costs €20.)"
    assert (label.supported, label.answers) == (None, None)
    assert _of_answers(engine, tmp_path) == {}


def test_a_wrong_answer_and_a_sentence_struck_from_it_are_two_rows_of_one_candidate(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", question="What is it?", answer=ANSWER)
    _review(engine, "t1", "reject", "wrong", "It costs £15.", "It costs £15.")
    path = eval_queue.make_answer(engine, tmp_path, "t1", lambda id: None)
    rows = yaml.safe_load(path.read_text("utf-8"))
    assert [(row["id"], row["answer"], row["supported"]) for row in rows] == [
        ("answer-t1", "It costs £15.", None),
        ("answer-t1-struck", "It is free.", False),
    ]


PRIVATE = b"""From: Ana Lopez <ana.lopez@x.example>
To: desk@y.example
Subject: Charged twice on 4111 1111 1111 1111
In-Reply-To: <1@y.example>

My password is hunter2, call me on 07700 900123.

Ana Lopez
ana@home.example
"""
SECRETS = [b"4111", b"hunter2", b"900123", b"ana.lopez@x", b"ana@home", b"1@y.example"]


def _mail_of_candidate(engine: Engine, folder: Path, as_it_came: bool) -> tuple[str, bytes]:
    _ticket(engine, "t1")
    with writing(engine) as session:
        session.execute(update(Raw).values(content=PRIVATE))
    path = eval_candidates.make(engine, folder, "t1", "wrong", as_it_came=as_it_came)
    (row,) = yaml.safe_load(path.read_text("utf-8"))
    return path.read_text("utf-8"), (path.parent / "mails" / row["mail"]).read_bytes()


def test_the_mail_of_a_candidate_is_masked_and_reads_as_before(engine: Engine, tmp_path: Path) -> None:
    case, raw = _mail_of_candidate(engine, tmp_path, as_it_came=False)
    assert [one for one in SECRETS if one in raw] == []
    assert "masked" in case.splitlines()[0]
    read = message.parse(raw)
    assert (read.sender.name, read.subject) == ("Ana Lopez", "Charged twice on [card]")
    assert read.text == "My password is [password], call me on [phone]."
    assert "in-reply-to" in read.headers


def test_the_mail_of_a_candidate_is_as_it_came_only_where_that_is_said(engine: Engine, tmp_path: Path) -> None:
    case, raw = _mail_of_candidate(engine, tmp_path, as_it_came=True)
    assert raw == PRIVATE
    assert "WHICH IS AS IT CAME" in case.splitlines()[0]


def test_waits_no_more_once_a_candidate_is_made(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", answer=ANSWER)
    _review(engine, "t1", "reject", "wrong")
    eval_candidates.make(engine, tmp_path, "t1", "wrong")
    assert [one.kind for one in eval_queue.waiting(engine, tmp_path)] == ["answer"]
    eval_queue.make_answer(engine, tmp_path, "t1", lambda id: None)
    assert eval_queue.waiting(engine, tmp_path) == []


def test_keeps_question_passages_wrong_answer_and_what_is_wrong(engine: Engine, tmp_path: Path) -> None:
    _ticket(engine, "t1", question="What is it?", answer=ANSWER, search={"passages": [{"id": "x1"}, {"id": "gone"}]})
    path = eval_queue.make_answer(engine, tmp_path, "t1", {"x1": "Fees. A dispute costs £15."}.get)
    (row,) = yaml.safe_load(path.read_text("utf-8"))
    assert (row["question"], row["passages"], row["answer"], row["wrong"]) == (
        "What is it?",
        "p1: Fees. A dispute costs £15.",
        "It is free.",
        STRUCK["why"],
    )
    (row,) = yaml.safe_load(eval_queue.make_answer(engine, tmp_path, "t1", lambda id: None).read_text("utf-8"))
    assert row["passages"] == "p1: A dispute costs £15."
    with pytest.raises(NoTicket, match="from whose answer a sentence was struck"):
        eval_queue.make_answer(engine, tmp_path, "none", lambda id: None)


@pytest.mark.parametrize(
    "texts",
    [
        {"x1": "Fees. A dispute costs £15."},
        {"x1": "Fees. A dispute costs £15.", "x2": "Fees > Back. You get it back if you win."},
        {"x1": "Fees.\n\nA dispute costs £15.", "x2": "Steps.\n\n1. Open it.\n\n2. Close it.", "x3": "More: p2 is a plan.\n"},
    ],
)
def test_labels_passages_so_that_they_are_told_apart_again(engine: Engine, tmp_path: Path, texts: dict[str, str]) -> None:
    _ticket(engine, "t1", question="What is it?", answer=ANSWER, search={"passages": [{"id": id} for id in texts]})
    (row,) = yaml.safe_load(eval_queue.make_answer(engine, tmp_path, "t1", texts.get).read_text("utf-8"))
    assert Label.model_validate(row).cited == tuple(text.strip() for text in texts.values())


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", "x.yaml"])
def test_takes_no_path_for_a_name(name: str) -> None:
    assert not eval_queue.is_name(name)
