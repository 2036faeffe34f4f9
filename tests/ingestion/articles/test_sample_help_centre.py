"""The sample help centre is read as it always was: its snapshot's name, and with it the shipped certificate, hang on every passage."""

import hashlib
from pathlib import Path

from ingestion.articles import chunking, reading
from ingestion.articles.chunking import Chunking

HELP_CENTRE = Path(__file__).parents[3] / "ingestion" / "help_centre"
PASSAGES, DIGEST = 296, "ceba0b784c5c2865daf66c66a940accc1816ae8c54e2b3fa56b9a48fc8391f5b"


def test_the_passages_of_the_sample_help_centre_are_the_same_to_the_letter() -> None:
    digest, count = hashlib.sha256(), 0
    for file in sorted(HELP_CENTRE.rglob("*.md")):
        article = reading.read(file, file.relative_to(HELP_CENTRE).as_posix())
        for one in chunking.cut(article, Chunking()):
            count += 1
            digest.update(repr((one.id, one.article, one.title, one.heading, one.text)).encode())
        digest.update(repr((article.title, article.updated, article.words, article.checksum)).encode())
    assert (count, digest.hexdigest()) == (PASSAGES, DIGEST)
