"""Weakenings of the readers of answers and of noise, made in their arrays; one that was taught less is shipped, for to teach it takes minutes."""

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.mutations import lab as labs
from evals.mutations.lab import Lab
from service.local import answer_reader, shipped
from service.local.answer_reader import AnswerReader
from service.local.model import LocalModel
from service.local.reader import Trees
from service.screening import screening
from service.text.word_runs import Floats

FOLDER = Path(__file__).parent
HALF_TAUGHT = ("half-taught.npz", "half-taught.json")  # by `make reader`
LAST = "out.3.weight"  # what a head makes its verdict of


class NoReader(Exception):
    """The release answers without a reader of answers, so that there is none to weaken."""


def reader_shuffled(lab: Lab) -> Lab:
    """Deal what the reader of answers learned out anew: its leaves and last weights in another order, as labels mixed up would."""
    reader, rng = _reader(lab), _rng(lab.rng)
    heads = tuple({**head, LAST: rng.permuted(head[LAST], axis=1)} for head in reader.heads)
    return _with(lab, replace(reader, heads=heads, trees=_leaves(reader.trees, rng.permutation(reader.trees.value))))


def reader_other_weights(lab: Lab) -> Lab:
    """Draw every weight and leaf of the reader of answers by chance."""
    reader, rng = _reader(lab), _rng(lab.rng)
    heads = tuple(_drawn(head, rng) for head in reader.heads)
    leaves = rng.normal(0, float(reader.trees.value.std()), len(reader.trees.value))
    return _with(lab, replace(reader, heads=heads, trees=_leaves(reader.trees, leaves)))


def reader_half_taught(lab: Lab) -> Lab:
    """Take a reader of answers that was taught from half of the rows, with floor and marks as they are."""
    reader = _reader(lab)
    return _with(lab, replace(answer_reader.read(shipped.load(*HALF_TAUGHT, FOLDER)), floor=reader.floor, marks=reader.marks))


def reader_floor_dropped(lab: Lab) -> Lab:
    """Let the reader of answers find an answer in anything."""
    return _with(lab, replace(_reader(lab), floor=-1e9))


def noise_heard_everywhere(lab: Lab) -> Lab:
    """Let the reader of noise take every mail for noise."""
    return _hearing(lab, 1.0, 99.0)


def noise_turned_round(lab: Lab) -> Lab:
    """Turn the reader of noise round: what it took for noise it takes for requests, and requests for noise."""
    return _hearing(lab, -1.0, 0.0)


def _hearing(lab: Lab, times: float, more: float) -> Lab:
    reader = lab.desk.noise
    if reader is None:
        raise NoReader(f"release {lab.desk.release.name} discards without a reader of noise")
    turned = replace(reader.trees, value=reader.trees.value * times, baseline=reader.trees.baseline * times)
    bag = replace(reader.bag, weights=reader.bag.weights * times, bias=reader.bag.bias * times)
    made = replace(reader, weights=reader.weights * times, bias=reader.bias * times + more, trees=turned, bag=bag)
    return replace(lab, desk=replace(lab.desk, noise=made, screen=partial(screening.screen, doubts=made.doubts)))


def _reader(lab: Lab) -> AnswerReader:
    if lab.answers is None:
        raise NoReader(f"release {lab.desk.release.name} answers without a reader of answers")
    return lab.answers


def _with(lab: Lab, reader: AnswerReader) -> Lab:
    return labs.with_model(lab, LocalModel(lab.fitting, lab.encoder, answers=reader))


def _rng(chance: random.Random) -> np.random.Generator:
    return np.random.default_rng(chance.randrange(2**32))


def _drawn(head: Mapping[str, Floats], rng: np.random.Generator) -> dict[str, Floats]:
    return {name: rng.normal(0, float(np.std(value)) or 1.0, np.shape(value)).astype(np.float32) for name, value in head.items()}


def _leaves(trees: Trees, values: npt.NDArray[np.float64]) -> Trees:
    return replace(trees, value=np.where(trees.feature < 0, values, trees.value))
