"""An encoder for tests: texts that share words point the same way."""

import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.encoder import Vectors


class Bags:
    """Hashes words into 96 dimensions."""

    name = "bags"
    dimensions = 96

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.strip(".,:;!?").encode()) % self.dimensions] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def layers(self, texts: Sequence[str]) -> Vectors:
        vectors = self.encode(texts)
        return np.hstack([vectors, vectors])
