"""A real encoder of a few kilobytes: every word has a random vector, a text has the mean of them. Built without torch."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from retrieval import encoder

DIMENSIONS = 48
BUCKETS = 4096


def make_source(folder: Path, seed: int = 0) -> Path:
    """Write what stands for the folder of a sentence-transformers model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "modules.json").write_text("[]")
    (folder / "model.safetensors").write_bytes(f"weights {seed}".encode())
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def make_encoder(encoders: Path, source: Path, seed: int = 0) -> str:
    """Write the encoder that exporting that model would give, and return its name."""
    name = encoder.name_of(source)
    folder = encoders / name
    folder.mkdir(parents=True)
    _write_graph(folder / "model.onnx", seed)
    _tokenizer().save(str(folder / "tokenizer.json"))
    files = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in ("model.onnx", "weights.bin", "tokenizer.json")}
    manifest = {"name": name, "model": str(source), "dimensions": DIMENSIONS, "max_tokens": 256, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return name


def _tokenizer() -> Tokenizer:
    """Cut words into pairs of letters, so that no word is unknown and similar words are near each other."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    vocabulary = {"[UNK]": 0}
    for first in letters:
        for second in letters:
            vocabulary.setdefault(first + second, len(vocabulary))
    for letter in letters:
        vocabulary.setdefault(letter, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[(a, b) for a in letters for b in letters], unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def _write_graph(path: Path, seed: int) -> None:
    table = np.random.default_rng(seed).normal(size=(BUCKETS, DIMENSIONS)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"], axis=0),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["sum"], keepdims=0),
        helper.make_node("LpNormalization", ["sum"], ["vectors"], axis=-1, p=2),
    ]
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([2]), "last"),
        numpy_helper.from_array(np.array([1]), "middle"),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", DIMENSIONS])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
        str(path),
        save_as_external_data=True,
        location="weights.bin",
    )
