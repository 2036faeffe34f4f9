"""The shipped reader of answers reads passages that it has never seen, and is the one that a release pins."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval import encoder as encoders
from retrieval.kept_texts import KeptTexts
from retrieval.passages import Found, Passage
from retrieval.remembering import Remembering
from service import questions
from service.local import answer_reader, asked, shipped
from service.local.answer_reader import AnswerReader
from service.local.shipped import ReaderError
from service.prompting import Readable
from service.questions import Question

PASSES = Passage(
    "1",
    "passes.md",
    "Season passes",
    "Prices",
    "| Pass | Price | Valid |\n|---|---|---|\n| Summer pass | £64 | May to September |\n| Winter pass | £48 | October to April |\n\n"
    "A pass is for one person. It cannot be lent, except to members of the same household.",
)
REPLACING = Passage(
    "2",
    "lost.md",
    "Replacing a lost pass",
    "",
    "1. Sign in and open My passes.\n2. Choose Report as lost.\n3. Collect the new pass at the kiosk.\n\nThe new pass costs £6.",
)


@pytest.fixture(scope="module")
def encoder(kept: Path) -> Remembering:
    return Remembering(encoders.obtain(kept / "encoders"))


@pytest.fixture(scope="module")
def reader() -> AnswerReader:
    return answer_reader.load()


def told(question: str, reader: AnswerReader, encoder: Remembering, *passages: Passage) -> list[str]:
    found = tuple(Found(one, 0.7 - 0.1 * place, 0.6 - 0.1 * place) for place, one in enumerate(passages or (PASSES, REPLACING)))
    answer, _ = reader.answer(Question(Readable(question), questions.label(found)), encoder)
    return [one["text"] for one in answer["sentences"]]


def test_tells_a_price_and_no_steps(reader: AnswerReader, encoder: Remembering) -> None:
    sentences = told("How much does a winter pass cost?", reader, encoder)
    assert any("£48" in one for one in sentences)
    assert not any(one.startswith("1.") for one in sentences)


def test_tells_the_steps_of_a_task_in_their_order(reader: AnswerReader, encoder: Remembering) -> None:
    sentences = told("How do I replace a lost pass?", reader, encoder, REPLACING, PASSES)
    assert [one[:2] for one in sentences if one[0].isdigit()] == ["1.", "2.", "3."]


@pytest.mark.parametrize("question", ["", "???", "and the of?", "Which planets have rings?", "Who won the cycling race in 1974?"])
def test_refuses_what_means_nothing_or_is_about_something_else(reader: AnswerReader, encoder: Remembering, question: str) -> None:
    assert told(question, reader, encoder) == []


def test_refuses_where_nothing_was_found(reader: AnswerReader, encoder: Remembering) -> None:
    answer, _ = reader.answer(Question(Readable("How much is a pass?"), {}), encoder)
    assert answer == {"sentences": []}


@pytest.mark.parametrize(("place", "answered"), [(5, True), (6, False), (8, False)])
def test_only_the_passages_that_the_floor_was_chosen_on_tell_whether_anything_answers(
    place: int, answered: bool, reader: AnswerReader, encoder: Remembering
) -> None:
    others = [
        Passage(f"o{number}", f"o{number}.md", "Our history", "", f"Volunteers of group {number} sing in the evening, and everybody brings a cake.")
        for number in range(9)
    ]
    others[place] = PASSES
    found = [Found(one, 0.7, 0.6) for one in others]
    reading = reader.read(("How much does a winter pass cost?",), questions.label(found), encoder)
    assert (reading.answers >= reader.floor) == answered
    assert len({one.unit.label for one in reading.windows}) == 9


def test_the_same_question_is_read_alike_whatever_was_read_before(reader: AnswerReader, encoder: Remembering) -> None:
    sources = questions.label((Found(PASSES, 0.7, 0.6),))
    first = reader.read(("How much is a summer pass?",), sources, encoder)
    reader.read(("Who may use my pass?",), sources, encoder)
    assert (reader.read(("How much is a summer pass?",), sources, encoder).odds == first.odds).all()


def test_refuses_another_reader_than_the_release_pins() -> None:
    with pytest.raises(ReaderError, match=r"pins the reader 0{12}, which is neither .*answers-0{16}\.npz beside it"):
        answer_reader.load("0" * 64)
    answer_reader.load(shipped.checksum(answer_reader.ARRAYS))


def test_an_earlier_release_keeps_the_reader_that_it_pins(tmp_path: Path) -> None:
    """Two readers stand in the folder: the one shipped now, and one that an earlier release pins, named by its checksum."""
    shutil.copytree(shipped.FOLDER, tmp_path / "reader")
    folder = tmp_path / "reader"
    arrays = shipped.load(answer_reader.ARRAYS, answer_reader.CARD)
    pinned = shipped.checksum(answer_reader.ARRAYS)
    (folder / f"answers-{pinned[:16]}.npz").write_bytes((folder / answer_reader.ARRAYS).read_bytes())
    shipped.ship({**arrays, "floor": np.array(0.5)}, {}, (answer_reader.ARRAYS, answer_reader.CARD), folder)
    assert answer_reader.load(folder=folder).floor == 0.5
    assert answer_reader.load(pinned, folder).floor == answer_reader.load().floor
    (folder / f"answers-{pinned[:16]}.npz").write_bytes((folder / answer_reader.ARRAYS).read_bytes())
    with pytest.raises(ReaderError, match="is not the reader"):
        answer_reader.load(pinned, folder)


def test_refuses_arrays_that_were_changed(tmp_path: Path) -> None:
    for name in (answer_reader.ARRAYS, answer_reader.CARD):
        (tmp_path / name).write_bytes((shipped.FOLDER / name).read_bytes())
    (tmp_path / answer_reader.CARD).write_text(json.dumps({"sha256": "0" * 64}), "utf-8")
    with pytest.raises(ReaderError, match="not as it was shipped"):
        answer_reader.load(folder=tmp_path)


def test_the_card_tells_what_was_measured_on_trades_left_out() -> None:
    card = json.loads((shipped.FOLDER / answer_reader.CARD).read_text("utf-8"))
    left_out = card["left_out"]
    assert left_out["auroc"] >= 0.85
    assert left_out["auroc_by_kind"]["near_topic"] >= 0.78
    assert left_out["operating_point"]["unanswerable_refused"] >= 0.6
    assert left_out["operating_point"]["all_facts"] >= 0.45
    assert left_out["operating_point"]["all_trades"]["all_facts"] >= 0.45
    assert left_out["operating_point"]["all_trades"]["wrong_article_cited"] <= 0.10
    assert {"licence", "command", "taught", "rows_sha256"} <= card.keys()


def test_answers_from_kept_texts_as_without_and_embeds_only_the_question(
    reader: AnswerReader, encoder: Remembering, kept: Path, tmp_path: Path
) -> None:
    plain = encoders.obtain(kept / "encoders")
    found = tuple(Found(one, 0.7 - 0.1 * place, 0.6 - 0.1 * place) for place, one in enumerate((PASSES, REPLACING)))
    asked_for = Question(Readable("How much does a winter pass cost?"), questions.label(found))
    expected = reader.answer(asked_for, Remembering(plain))
    for _ in ("made", "read"):
        process = Remembering(plain, kept=KeptTexts(tmp_path, pytest.fail))
        process.meet([asked.texts(one.passage) for one in found])
        assert reader.answer(asked_for, process) == expected
        assert process.asked <= 3  # the question for its vector, its sentences, its tokens
