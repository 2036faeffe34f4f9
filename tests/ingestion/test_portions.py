from pathlib import Path

import numpy as np
import pytest

from ingestion import portions
from ingestion.build import build
from ingestion.portions import Portions
from retrieval.encoder import Encoder, Vectors
from tests.retrieval.tiny_encoder import make_encoder, make_source


class BrokenOff(Exception):
    """Somebody pulled the plug."""


def test_a_build_that_was_broken_off_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_source(tmp_path / "model")
    make_encoder(tmp_path / "data" / "encoders", source)
    (tmp_path / "help").mkdir()
    for number in range(10):
        (tmp_path / "help" / f"{number}.md").write_text(f"# Article {number}\n\nWords number {number} of the help centre.\n")
    monkeypatch.setattr(portions, "PORTION", 4)
    encode, asked = Encoder.encode, []

    def breaks(self: Encoder, texts: list[str], progress: object = None) -> Vectors:
        asked.append(len(texts))
        if len(asked) == 3:
            raise BrokenOff
        return encode(self, texts)

    monkeypatch.setattr(Encoder, "encode", breaks)
    with pytest.raises(BrokenOff):
        build([tmp_path / "help"], tmp_path / "data", model=str(source))
    monkeypatch.setattr(Encoder, "encode", encode)
    built = build([tmp_path / "help"], tmp_path / "data", model=str(source))
    assert (built.embedded, built.reused) == (2, 8)
    assert list((tmp_path / "data" / "embedding").rglob("*.npz")) == []


def test_a_portion_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    kept = Portions(tmp_path)
    kept.keep(["a" * 64, "b" * 64], np.eye(2, dtype=np.float32))
    kept.keep(["c" * 64], np.ones((1, 2), dtype=np.float32))
    (tmp_path / f"{'c' * 16}.npz").write_bytes(b"PK\x03\x04 cut off")
    assert list(kept.known()) == ["a" * 64, "b" * 64]
    assert kept.known()["b" * 64].tolist() == [0.0, 1.0]
    kept.forget()
    assert kept.known() == {}
