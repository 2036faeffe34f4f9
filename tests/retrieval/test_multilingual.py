"""A second encoder orders passages for questions in other languages, where a snapshot has its vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingestion.build import build
from retrieval import index, multilingual, search
from retrieval.encoder import Progress, Vectors
from retrieval.index import Snapshot
from tests.retrieval.tiny_encoder import make_encoder, make_source

ARTICLES = {"hours.md": "# Hours\n\nThe shop is open from nine to five.\n", "vouchers.md": "# Vouchers\n\nA voucher is valid for two years.\n"}


class Two:
    """Knows two things, and the words for them in two languages."""

    name = "two-languages"
    dimensions = 2

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded += texts
        return np.array([[1, 0] if "voucher" in text.lower() or "gutschein" in text.lower() else [0, 1] for text in texts], dtype=np.float32)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_encoder(tmp_path / "data" / "encoders", make_source(tmp_path / "model"))
    (tmp_path / "help").mkdir()
    for name, text in ARTICLES.items():
        (tmp_path / "help" / name).write_text(text)
    return tmp_path


def built(data: Path, second: Two | None, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    monkeypatch.setattr(multilingual, "find", lambda: second)
    made = build([data / "help"], data / "data", model=str(data / "model"))
    return index.open_snapshot(made.folder, data / "data" / "encoders")


def first(snapshot: Snapshot, question: str, *, is_foreign: bool) -> str:
    return search.search(snapshot, question, 1, is_foreign=is_foreign).found[0].passage.article


def test_a_question_in_another_language_is_searched_by_the_second_vectors(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = built(data, Two(), monkeypatch)
    question = "nine Gutscheine"
    assert first(snapshot, question, is_foreign=True) == "vouchers.md"
    plain, foreign = (search.search(snapshot, question, 2, is_foreign=way) for way in (False, True))
    assert (plain.confidence, plain.floor) == (foreign.confidence, foreign.floor)


def test_an_english_question_is_searched_as_if_there_were_none(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = built(data, Two(), monkeypatch)
    one = built(data, None, monkeypatch)
    for question in ("open from nine", "valid for two years"):
        assert search.search(two, question) == search.search(one, question)


def test_a_snapshot_without_second_vectors_is_written_as_before(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = built(data, None, monkeypatch), built(data, Two(), monkeypatch)
    assert one.name != two.name
    assert '"second"' not in (one.folder / "manifest.json").read_text()
    assert {path.name for path in two.folder.iterdir()} - {path.name for path in one.folder.iterdir()} == {index.SECOND}
    assert first(one, "open from nine", is_foreign=True) == "hours.md"


def test_where_the_package_is_gone_the_first_vectors_serve_every_language(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = built(data, Two(), monkeypatch)
    monkeypatch.setattr(multilingual, "find", lambda: None)
    opened = index.open_snapshot(two.folder, data / "data" / "encoders")
    assert opened.second is None
    assert first(opened, "open from nine", is_foreign=True) == "hours.md"


def test_vectors_of_an_earlier_snapshot_are_taken_over(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(data, Two(), monkeypatch)
    (data / "help" / "new.md").write_text("# Parking\n\nThe yard has six places.\n")
    two = Two()
    snapshot = built(data, two, monkeypatch)
    assert [text for text in two.encoded if "Parking" in text] == two.encoded
    assert snapshot.index.second is not None
    assert len(snapshot.index.second) == len(snapshot.passages)


def test_the_real_one_puts_a_sentence_beside_its_translation() -> None:
    real = multilingual.find()
    if real is None:
        pytest.skip("the extra `multilingual` is not installed")
    english, german, other = real.encode(["How do I cancel my booking?", "Wie storniere ich meine Buchung?", "Der Kuchen ist im Ofen."])
    assert english @ german > english @ other + 0.2
    assert np.allclose(real.encode(["Der Kuchen ist im Ofen."])[0], other)


def test_weights_that_are_others_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    if multilingual.find() is None:
        pytest.skip("the extra `multilingual` is not installed")
    monkeypatch.setattr(multilingual, "FILES", {"weights.npz": "0" * 64})
    multilingual.find.cache_clear()
    with pytest.raises(multilingual.EncoderError, match="is not the file that this version knows"):
        multilingual.find()
    multilingual.find.cache_clear()
