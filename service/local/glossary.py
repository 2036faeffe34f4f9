"""What things a text in another language names, in English words: enough to say what a mail is about, too little to translate it."""

import functools
import re
from pathlib import Path

from service.text.folding import unaccented

TABLE = Path(__file__).parent / "glossary.tsv"  # an English word, a tab, and what stands for it in the languages that are read; * is any ending


def named(text: str) -> list[str]:
    """Return the English words for what a text names, in its order, each once."""
    folded = _fold(text)
    found = [(match.start(), english) for english, pattern in _patterns() if (match := pattern.search(folded))]
    return [english for _, english in sorted(found)]


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line)
    return tuple((english, re.compile(rf"\b(?:{'|'.join(map(_written, stems.split(', ')))})\b")) for english, stems in rows)


def _written(stem: str) -> str:
    return re.escape(stem.removesuffix("*")) + (r"\w*" if stem.endswith("*") else "")


def _fold(text: str) -> str:
    """Return a text in lower case without accents, as the table is written."""
    return unaccented(text.lower().replace("ß", "ss").replace("’", "'"))
