"""How the tokens of a sentence find their like, unit by unit: which unit carries most of it, what only others carry, and whether negations agree.

Features that word counts cannot give: a sentence about one product that is put together of what stands under another is covered as a whole, but by
no unit; a turned negation changes no word but one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retrieval.encoder import EncodesTokens, Tokens
from service.stages.check.evidence import Evidence, Passage
from service.text import units
from service.text.negation import NEGATIONS, negated
from service.text.units import Unit
from service.text.word_runs import Floats, content

COUNT = 34  # features
SENTENCE, UNIT = 56, 120  # tokens read of a sentence and of a unit
MOST_UNITS = 120  # of all cited passages
SAME_WORD = 0.15  # what the same token counts beside the cosine
LACKING = (0.15, 0.25)  # by how much the best unit must fall behind for a token to be another unit's
_LITTLE = frozenset(
    """the a an and or of to in on at for with from by as is are was were be been being it its this that these those you your we our us they their them will
    would can could may might shall should must have has had do does did if when then so i me my""".split()  # noqa: SIM905
)
_CONDITIONS = frozenset("if unless only except provided until when excluding without once otherwise while before after within not never no".split())  # noqa: SIM905
_EXCEPTION = re.compile(
    r"\b(?:except|unless|only|not apply|does not|do not|cannot|excluded|excluding|but not|however|otherwise|no longer|never|not (?:for|in|on|at|if)|neither|nor)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[^,;:()–—]+?(?=[,;:()–—]|\s(?:and|but|or|while|whereas|so|because|which|who)\s|$)")


@dataclass(frozen=True)
class _Side:
    """A text's tokens: two layers' unit vectors, ids, what each weighs, and which are negated."""

    middle: Floats
    last: Floats
    ids: npt.NDArray[np.int64]
    words: tuple[str, ...]
    weights: Floats
    negated: Floats


def describe(sentence: str, evidence: Evidence, encoder: EncodesTokens) -> Floats:
    """Return the features of a sentence and what it may rest on; shape (COUNT,)."""
    listed = [(passage, unit) for passage in evidence.passages for unit in passage.units][:MOST_UNITS]
    texts = [units.tidy(unit.text) for _, unit in listed]
    if not listed:
        return np.zeros(COUNT, dtype=np.float32)
    own, *others = [_side(one, most) for one, most in zip(encoder.tokens([sentence, *texts]), [SENTENCE, *[UNIT] * len(texts)], strict=True)]
    if not len(own.ids):
        return np.zeros(COUNT, dtype=np.float32)
    near = np.stack([_near(own, other).max(axis=1) if len(other.ids) else np.zeros(len(own.ids), dtype=np.float32) for other in others])
    same = np.stack([np.isin(own.ids, other.ids).astype(np.float32) for other in others])
    share: Floats = own.weights / max(float(own.weights.sum()), 1e-6)
    fits = near @ share + SAME_WORD * (same @ share)
    best = int(fits.argmax())
    chosen = [place for place, pair in enumerate(listed) if pair in evidence.chosen]
    row = [
        *_by_unit(near, same, fits, share, own.weights > 0.5),
        *_by_clause(sentence, near, best, own),
        *_left_out(own, others[best]),
        *_exceptions_beside(sentence, listed, best),
        *_negations(own, others, chosen or [best], others[best]),
    ]
    return np.array(row, dtype=np.float32)


def _side(tokens: Tokens, most: int) -> _Side:
    layers = tokens.layers[:most].astype(np.float32)
    half = layers.shape[1] // 2
    words = tokens.words[:most]
    weights = [0.15 if word in _LITTLE or not (word[0].isalnum() or word.startswith("##")) else 1.0 for word in words]
    return _Side(layers[:, :half], layers[:, half:], tokens.ids[:most], words, np.array(weights, dtype=np.float32), negated(words))


def _near(one: _Side, other: _Side) -> Floats:
    return np.asarray(0.5 * (one.middle @ other.middle.T) + 0.5 * (one.last @ other.last.T), dtype=np.float32)


def _by_unit(near: Floats, same: Floats, fits: Floats, share: Floats, heavy: npt.NDArray[np.bool_]) -> list[float]:
    """Compare what the best unit carries with what the best two and all of them carry."""
    order = np.argsort(-fits)
    best, union = near[order[0]], near.max(axis=0)
    pair = np.maximum(best, near[order[1]]) if len(order) > 1 else best
    second = float(fits[order[1]]) if len(order) > 1 else 0.0
    lacking = (union - best) * heavy
    first = np.flatnonzero(heavy)[:3]
    return [
        float(fits[order[0]]), second, float(fits[order[0]]) - second, float(best @ share), float(union @ share), float(pair @ share),
        _lowest(best, heavy), _lowest(union, heavy), _lowest(pair, heavy), float(lacking.max()), *(float((lacking > least).sum()) for least in LACKING),
        float(best[first].mean()) if len(first) else 1.0, float((union - best)[first].mean()) if len(first) else 0.0,
        float(same[order[0]] @ share), float(same.max(axis=0) @ share), float(len(fits)),
    ]  # fmt: skip


def _lowest(near: Floats, heavy: npt.NDArray[np.bool_]) -> float:
    values = np.sort(near[heavy])[:2] if heavy.any() else near
    return float(values.mean())


def _by_clause(sentence: str, near: Floats, best: int, own: _Side) -> list[float]:
    """Say how well the worst clause is carried by any unit and by the best one, and how many units the clauses need."""
    found = []
    start = 0
    for words in (match[0].split() for match in _CLAUSE.finditer(sentence)):
        if len(content(" ".join(words))) < 2:
            continue
        places = _places(own.words, [word.lower().strip(".,;:!?\"'()") for word in words], start)
        heavy = [place for place in places if own.weights[place] > 0.5]
        if len(heavy) >= 2:
            start = heavy[-1] + 1
            means = near[:, heavy].mean(axis=1)
            found.append((float(means.max()), float(means[best]), int(means.argmax())))
    if not found:
        return [1.0, 1.0, 0.0, 0.0]
    return [
        min(one[0] for one in found),
        min(one[1] for one in found),
        max(one[0] - one[1] for one in found),
        float(len({one[2] for one in found})),
    ]


def _places(tokens: Sequence[str], words: Sequence[str], start: int) -> list[int]:
    """Return the places of a clause's tokens: those from its first word's on, as many as its letters make."""
    letters = sum(len(re.sub(r"\W", "", word)) for word in words)
    places, taken = [], 0
    for place in range(start, len(tokens)):
        if taken >= letters:
            break
        places.append(place)
        taken += len(re.sub(r"\W", "", tokens[place].removeprefix("##")))
    return places


def _left_out(own: _Side, unit: _Side) -> list[float]:
    """Say how much of the best unit the sentence does not say, on the whole and behind a word that begins a condition."""
    if not len(unit.ids):
        return [0.0, 0.0, 0.0, 0.0]
    back = _near(unit, own).max(axis=1)
    heavy = np.array([word not in _LITTLE for word in unit.words])
    mean = float(back[heavy].mean()) if heavy.any() else float(back.mean())
    lowest = float(np.sort(back[heavy])[:3].mean()) if heavy.sum() >= 3 else mean
    missing = [
        1 - float(np.mean([back[other] for other in range(place, min(place + 7, len(back))) if heavy[other] or other == place]))
        for place, word in enumerate(unit.words)
        if word in _CONDITIONS
    ]
    return [mean, lowest, max(missing, default=0.0), float(sum(one > 0.45 for one in missing))]


def _exceptions_beside(sentence: str, listed: Sequence[tuple[Passage, Unit]], best: int) -> list[float]:
    """Count the exceptions that stand beside the best unit, and say how much of the sentence's words the nearest of them speaks of."""
    wanted = content(sentence)
    beside = [
        unit.text
        for place, (_, unit) in enumerate(listed)
        if place != best
        and (abs(place - best) == 1 or (abs(place - best) == 2 and unit.block == listed[best][1].block))
        and _EXCEPTION.search(unit.text)
    ]
    shared = [len(content(text) & wanted) / (len(wanted) or 1) for text in beside]
    return [float(len(beside)), max(shared, default=0.0)]


def _negations(own: _Side, others: Sequence[_Side], chosen: Sequence[int], best: _Side) -> list[float]:
    """Compare the negations over words that answer each other in the sentence and in the units it rests on."""
    held = [others[place] for place in chosen if len(others[place].ids)]
    if not held:
        return [0.0] * 7
    near = np.hstack([_near(own, other) + SAME_WORD * (own.ids[:, None] == other.ids[None, :]) for other in held])
    flags, ids = np.concatenate([other.negated for other in held]), np.concatenate([other.ids for other in held])
    telling = np.concatenate([np.array([word not in _LITTLE and word not in NEGATIONS for word in other.words]) for other in held])
    unit = np.concatenate([np.full(len(other.ids), place) for place, other in enumerate(held)])
    near = near - 0.5 * ~telling
    answer, fit = near.argmax(axis=1), near.max(axis=1)
    heavy = np.array([weight > 0.5 and word not in NEGATIONS for weight, word in zip(own.weights, own.words, strict=True)])
    turned = (own.negated != flags[answer]) & heavy
    main = int(np.argmax([fit[(unit[answer] == place) & heavy].sum() for place in range(len(held))]))
    among = [heavy, heavy & (fit > 0.75), heavy & (own.ids == ids[answer]), heavy & (unit[answer] == main)]
    shares = [float((turned & group).sum() / max(group.sum(), 1)) for group in among]
    return [*shares, float((turned & among[2]).sum()), float(own.negated.mean()), float(best.negated.mean()) if len(best.ids) else 0.0]
