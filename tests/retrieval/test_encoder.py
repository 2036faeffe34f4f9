import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import pytest

from retrieval import encoder as encoders
from retrieval.encoder import Encoder, EncoderError
from retrieval.remembering import Remembering
from tests.retrieval.tiny_encoder import make_encoder, make_source

PINNED = Path(__file__).parent / "pinned_vectors.json"
SAME = 1e-4  # largest difference of a coordinate: two processors add up in other orders, and differ in the seventh digit


@pytest.fixture(scope="module")
def encoder(kept: Path) -> Encoder:
    return encoders.obtain(kept / "encoders")


@pytest.fixture(scope="module")
def pinned() -> dict[str, list[float]]:
    rows: dict[str, list[float]] = json.loads(PINNED.read_text("utf-8"))
    assert len(rows) == 20
    return rows


def test_a_text_has_its_pinned_vector_alone(encoder: Encoder, pinned: dict[str, list[float]]) -> None:
    alone = np.vstack([encoder.encode([text]) for text in pinned])
    assert np.abs(alone - np.array(list(pinned.values()))).max() < SAME


def test_a_text_has_its_pinned_vector_among_sixty_four(encoder: Encoder, pinned: dict[str, list[float]]) -> None:
    others = [f"{word} {'and more of it ' * (place % 9)}" for place, word in enumerate(["refund", "parcel", "invoice", "password"] * 11)]
    among = encoder.encode([*pinned, *others])
    assert len(pinned) + len(others) == 64
    assert np.abs(among[:20] - np.array(list(pinned.values()))).max() < SAME


def test_an_encoder_is_named_by_weights_and_recipe_not_by_the_bytes_of_its_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_source(tmp_path / "model")
    before = encoders.name_of(source)
    assert before == encoders.name_of(make_source(tmp_path / "copy"))
    assert before != encoders.name_of(make_source(tmp_path / "other", seed=1))
    monkeypatch.setattr(encoders, "RECIPE", "another recipe")
    assert before != encoders.name_of(source)


@pytest.mark.parametrize("file", ["model.onnx", "weights.bin", "tokenizer.json"])
def test_refuses_an_export_that_was_changed(tmp_path: Path, file: str) -> None:
    name = make_encoder(tmp_path, make_source(tmp_path / "model"))
    assert encoders.open_named(tmp_path, name).name == name
    with (tmp_path / name / file).open("ab") as content:
        content.write(b"x")
    with pytest.raises(EncoderError, match="not as it was exported"):
        encoders.open_named(tmp_path, name)
    (tmp_path / name / file).unlink()
    with pytest.raises(EncoderError, match=f"{file} is missing"):
        encoders.open_named(tmp_path, name)


@pytest.mark.parametrize("left_out", ["model.onnx", "tokenizer.json"])
def test_refuses_an_export_whose_manifest_leaves_a_file_unchecked(tmp_path: Path, left_out: str) -> None:
    name = make_encoder(tmp_path, make_source(tmp_path / "model"))
    path = tmp_path / name / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["files"][left_out]
    path.write_text(json.dumps(manifest))
    with pytest.raises(EncoderError, match="not as it was exported"):
        encoders.open_named(tmp_path, name)


def test_opens_an_export_with_its_weights_inside_the_graph_and_gets_the_same_vectors(tmp_path: Path) -> None:
    name = make_encoder(tmp_path, make_source(tmp_path / "model"))
    apart = encoders.open_named(tmp_path, name).encode(["where is my parcel", "Wo ist mein Paket?"])
    folder = tmp_path / name
    onnx.save_model(onnx.load(str(folder / "model.onnx")), str(folder / "model.onnx"))
    (folder / "weights.bin").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in ("model.onnx", "tokenizer.json")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    inside = encoders.open_named(tmp_path, name).encode(["where is my parcel", "Wo ist mein Paket?"])
    assert np.array_equal(apart, inside)


def test_counts_what_a_thread_asked_for_remembered_or_not(tmp_path: Path) -> None:
    remembering = Remembering(encoders.open_named(tmp_path, make_encoder(tmp_path, make_source(tmp_path / "model"))))
    remembering.encode(["one", "two"])
    remembering.encode(["two"])
    assert remembering.asked == 3


def test_the_runtime_sends_nothing_home(encoder: Encoder) -> None:
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_the_packaged_weights_are_the_ones_that_were_measured() -> None:
    weights = encoders.model_path(encoders.PACKAGED_MODEL) / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest().startswith("53aa5117")


def test_layers_hold_the_vector_and_the_middle_whatever_stands_beside_a_text(encoder: Encoder) -> None:
    texts = ["The door is stuck.", "A much longer sentence about nothing in particular that goes on for a while, and then some more.", ""]
    together = encoder.layers(texts)
    assert together.shape == (3, 2 * encoder.dimensions)
    assert np.abs(together[:, : encoder.dimensions] - encoder.encode(texts)).max() < SAME
    assert np.abs(together - np.vstack([encoder.layers([text]) for text in texts])).max() < SAME
    assert np.abs(together[0] - together[1]).max() > SAME


def test_what_was_read_in_layers_needs_no_second_run(encoder: Encoder) -> None:
    remembering = Remembering(encoder)
    layers = remembering.layers(["The door is stuck."])
    assert np.array_equal(remembering.encode(["The door is stuck."]), layers[:, : encoder.dimensions])
    assert np.array_equal(remembering.layers(["The door is stuck."]), layers)
    assert remembering.asked == 3


def test_one_run_gives_vectors_and_tokens(encoder: Encoder) -> None:
    texts = ["The door is stuck.", "A longer sentence about a door that will not open although it was mended.", ""]
    both = encoder.both(texts)
    assert np.abs(np.stack([one.vector for one in both]) - encoder.encode(texts)).max() < SAME
    assert [one.tokens.words for one in both] == [one.words for one in encoder.tokens(texts)]
    remembering = Remembering(encoder)
    remembering.tokens(texts)
    assert np.array_equal(remembering.encode(texts), np.stack([one.vector for one in both]))


def test_batches_hold_every_text_once_and_pad_no_more_than_another_run_would_cost() -> None:
    lengths = [5, 6, 6, 7, 60, 61, 250]
    assert encoders._batches(list(range(7)), lengths, most=32) == [[0, 1, 2, 3], [4, 5], [6]]
    assert encoders._batches(list(range(7)), [9] * 7, most=3) in ([[0], [1, 2, 3], [4, 5, 6]], [[0, 1, 2], [3, 4, 5], [6]])
    assert encoders._batches([], [], most=8) == []
    long = encoders._batches(list(range(40)), [250] * 40, most=32)
    assert sorted(index for batch in long for index in batch) == list(range(40))
    assert max(map(len, long)) * 250 <= encoders.TOKENS_PER_BATCH
