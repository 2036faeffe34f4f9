"""Which words of a text stand under a negation: from a word that negates to the end of its clause; and whether a clause is another's, turned round."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from service.text import language
from service.text.language import Language
from service.text.word_runs import Floats, content

NEGATIONS = frozenset(
    """not no never none nothing cannot without neither nor nobody except excluding excluded exclude excludes refuse refuses refused forbidden prohibited
    unable impossible unless nowhere hardly instead lose loses lost lapse lapses void""".split()  # noqa: SIM905
)
_ENDS = frozenset(", . ; : ( ) | – — but and or while whereas although though because so if when where which who".split())  # noqa: SIM905


def negated(words: Sequence[str]) -> Floats:
    """Return 1 for every word under a negation and for the negation itself, 0 for the others; a second one in the same clause undoes the first.

    Words are lower-case tokens, "n't" may come as "'" and "t" or as a word of its own; shape (len(words),).
    """
    flags = np.zeros(len(words), dtype=np.float32)
    on = False
    for place, word in enumerate(words):
        short = word.endswith("n't") or (word == "t" and place > 0 and words[place - 1] in ("'", "’"))
        if word in NEGATIONS or short:
            on = not on
            flags[place] = 1.0
            continue
        if word in _ENDS:
            on = False
        flags[place] = float(on)
    return flags


_NEGATIVE: dict[Language, str] = {
    "de": "nicht|kein(?:e[nmrs]?)?|nie(?:mals|mand(?:en|em)?)?|nirgends|ohne|weder",
    "fr": "pas|jamais|aucune?|sans|ni|rien|personne ne",
    "es": "no|nunca|jamás|ning[uú]n(?:[oa]s?)?|sin|tampoco|nadie",
    "it": "non|mai|nessun[oa]?|senza|né|neppure|nemmeno",
    "nl": "niet|geen|nooit|zonder|niemand|evenmin",
    "pt": "não|nunca|jamais|nenhum(?:as?|a)?|sem|tampouco|ninguém",
}
_NEGATES = {name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in _NEGATIVE.items()}
_CLAUSES = re.compile(r"[,;:.!?()–—]+\s|\s-\s|[.!?]$")
ALIKE, FEWEST = 0.6, 3  # share of a clause's telling words that another holds which says the same; words below which a clause tells nothing


def turned(sentence: str, texts: Iterable[str], spoken: Language) -> str | None:
    """Return a clause of a sentence that is denied where it says what the clause nearest to it does not deny, or the other way; None where none is.

    For the languages but English, which the learned reader does not read: only clauses of nearly the same words are compared.
    """
    negates = _NEGATES.get(spoken)
    if negates is None:
        return None
    held = [(telling(clause), negates.search(clause) is not None) for text in texts for clause in _CLAUSES.split(text) if clause]
    for clause in _CLAUSES.split(sentence):
        words = telling(clause or "")
        if len(words) < FEWEST:
            continue
        fits = [(len(words & others) / len(words), denied) for others, denied in held]
        best = max((fit for fit, _ in fits), default=0.0)
        if best >= ALIKE and (negates.search(clause) is not None) not in {denied for fit, denied in fits if fit >= best - 0.01}:
            return clause.strip()
    return None


def telling(text: str) -> set[str]:
    """Return the words of a text that are not among the commonest of any language that is read."""
    return {word for word in content(text) if word not in language.COMMON}
