"""Which words of a text stand under a negation: from a word that negates to the end of its clause."""

from collections.abc import Sequence

import numpy as np

from service.text.word_runs import Floats

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
