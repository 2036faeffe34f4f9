"""A real llama.cpp server whose model has random weights: it speaks the protocol perfectly and talks nonsense."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np

WIDTH = 32
HEADS = 2
CONTEXT = 32_768
SLOTS = 2
ENDS = ("<|endoftext|>", "<|start|>", "<|stop|>")
TEMPLATE = "{% for m in messages %}<|start|>{{ m['role'] }}: {{ m['content'] }}<|stop|>{% endfor %}{% if add_generation_prompt %}<|start|>assistant: {% endif %}"
ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 30.0


def write_model(path: Path) -> None:
    """Write a one-layer model whose next letter depends on nothing but chance: printable ASCII, with strings that end before long."""
    letters = _byte_letters()
    tokens = [*letters, *ENDS]
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(letters) + [gguf.TokenType.CONTROL] * len(ENDS))
    writer.add_token_merges([f"{letters[ord('t')]} {letters[ord('h')]}"])
    writer.add_bos_token_id(tokens.index("<|start|>"))
    writer.add_eos_token_id(tokens.index("<|stop|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in _tensors(len(tokens)).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a random model out of a folder, and yield the base URL. A server that does not come up raises RuntimeError."""
    model, port = folder / "random.gguf", _free_port()
    if not model.exists():
        write_model(model)
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "tests.peers.llama", str(model), str(port)], cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait_for(process, f"http://127.0.0.1:{port}/health", folder / "server.log")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _tensors(words: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(2026)
    square = (WIDTH, WIDTH)
    tensors = {f"blk.0.{part}.weight": chance.normal(0, 0.02, square) for part in ("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up")}
    # Nothing is added to the embedding on its way through the layer, so its first number reaches the output unchanged. All words have the same
    # there, so the first column of the output matrix says how likely each word is, whatever came before.
    tensors |= {f"blk.0.{part}.weight": np.zeros(square) for part in ("attn_output", "ffn_down")}
    tensors |= {f"{part}.weight": np.ones(WIDTH) for part in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm")}
    embedding = chance.normal(0, 0.3, (words, WIDTH))
    embedding[:, 0] = 2.0
    output = chance.normal(0, 0.1, (words, WIDTH))
    output[:, 0] = -8.0
    output[32:127, 0] = 0.0
    output[ord("\\"), 0] = -8.0
    output[ord('"'), 0] = 0.45
    output[words - 1, 0] = 0.3  # <|stop|>
    tensors |= {"token_embd.weight": embedding, "output.weight": output}
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def _byte_letters() -> list[str]:
    """Return the letter that stands for each byte in a GPT-2 vocabulary: itself where it is printable, else one beyond the first 256."""
    spare = iter(range(256, 512))
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    return [chr(byte if byte in visible else next(spare)) for byte in range(256)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"the llama.cpp server did not start: {log.read_text(errors='replace')[-2000:]}")


def _serve(model: str, port: int) -> None:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = model
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_ctx = CONTEXT * SLOTS
    settings.n_parallel = SLOTS
    settings.cpuparams.n_threads = 1
    settings.warmup = False
    server = xllamacpp.Server(settings)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
