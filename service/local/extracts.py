"""An answer made of a help centre's own sentences, steps and table rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.encoder import Encodes
from retrieval.passages import Found, Passage
from service.local import classifier
from service.local.classifier import Weigher
from service.prompting import PromptFolder
from service.questions import Question
from service.text import sentences
from service.text.units import Unit, cut, tidy
from service.text.word_runs import Floats, content

_WORD = re.compile(r"[^\W_]+")
_HOW = re.compile(r"\b(?:how (?:do|can|to|should|would)|steps?|set up|walk me through|guide|instructions|where (?:do|can))\b", re.I)
_HOW_MUCH = re.compile(
    r"\b(?:how (?:much|many|long|often|old|far|late|big|soon)|when|what time|price|cost|fee|limit|maximum|minimum|percent|until)\b", re.I
)
ANSWERED = 0.7  # of the answerable examples whose best unit reaches the floor; where most are right is so flat that the best point jumps about
TAKE = 0.35  # probability from which a further unit is quoted beside the best one
BEHIND = 3.0  # log-odds that a unit loses where its passage was found with none of the best one's score


@dataclass(frozen=True)
class Quoter:
    """Weighs units against a question, as fitted to worked examples. A unit is quoted from `take`, and nothing is below `floor`."""

    weigher: Weigher
    take: float
    floor: float


def quote(question: Question, prompt: PromptFolder, quoter: Quoter, encoder: Encodes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Choose the units that answer a question, in reading order, each with its citation. Returns the answer and the evidence for it.

    No sentence where the search was not confident enough, or no unit reaches the quoter's floor: the passages are on the topic, but do not say what is asked.
    """
    most, passages = int(prompt.rubric.get("mostSentences", 8)), int(prompt.rubric.get("mostPassages", 3))
    sources = dict(list(question.passages.items())[:passages])
    units = [unit for label, found in sources.items() for unit in cut(label, found.passage.text)]
    if not units or not question.answerable:
        return {"sentences": []}, {}
    likely = weigh(quoter, question.focus or (question.text,), units, sources, encoder)
    chosen = choose(units, likely, quoter, most)
    return (
        {"sentences": [{"text": tidy(units[index].text), "citations": [units[index].label]} for index in chosen]},
        {"best": round(float(likely.max()), 3), "weights": [round(float(likely[index]), 3) for index in chosen]},
    )


def weigh(quoter: Quoter, asked: Sequence[str], units: Sequence[Unit], sources: Mapping[str, Found], encoder: Encodes) -> Floats:
    """Return how likely each unit belongs to the answer, shape (units,)."""
    likely = quoter.weigher.likely(describe(asked, units, sources, encoder))
    best = max(found.score for found in sources.values()) or 1.0
    behind = np.array([1 - sources[unit.label].score / best for unit in units], dtype=np.float32)
    odds = np.log(np.maximum(likely, 1e-9) / np.maximum(1 - likely, 1e-9)) - BEHIND * behind
    result: Floats = 1 / (1 + np.exp(-odds))
    return result


def describe(asked_in: Sequence[str], units: Sequence[Unit], sources: Mapping[str, Found], encoder: Encodes) -> Floats:
    """Describe how each unit stands to the question; shape (units, FEATURES)."""
    question, texts, headings, asked_parts = _texts(asked_in, units, sources)
    vectors = encoder.encode([question, *texts, *headings, *asked_parts])
    asked, alone, heads, parts = np.split(vectors, [1, 1 + len(units), 1 + 2 * len(units)])
    headed = alone + heads  # the direction of a unit under its heading, without running the encoder over both once more
    headed /= np.maximum(np.linalg.norm(headed, axis=1, keepdims=True), 1e-9)
    meaning = np.maximum(alone @ asked[0], (alone @ parts.T).max(axis=1))
    under_heading = np.maximum(headed @ asked[0], (headed @ parts.T).max(axis=1))
    shared, uncovered = _shared(question, units, headings)
    blocks = [(unit.label, unit.block) for unit in units]
    by_block = {block: max(m for m, other in zip(meaning, blocks, strict=True) if other == block) for block in blocks}
    by_source = {unit.label: max(m for m, other in zip(under_heading, units, strict=True) if other.label == unit.label) for unit in units}
    places = {label: float(place) for place, label in enumerate(sources)}
    wants_steps, wants_number = bool(_HOW.search(question)), bool(_HOW_MUCH.search(question))
    rows = []
    for index, unit in enumerate(units):
        numbered = bool(re.search(r"\d", unit.text))
        rows.append(
            [
                float(meaning[index]),
                float(under_heading[index]),
                float(heads[index] @ asked[0]),
                shared[index],
                uncovered,
                float(by_block[blocks[index]]),
                float(by_source[unit.label]),
                float(meaning.max() - meaning[index]),
                float(under_heading.max() - under_heading[index]),
                float(max(shared) - shared[index]),
                float(unit.kind == "step"),
                float(unit.kind == "row"),
                float(unit.kind == "bullet"),
                float(wants_steps and unit.kind == "step"),
                float(wants_number and numbered),
                float(wants_number),
                min(len(unit.text.split()), 40) / 40,
                float(unit.text.rstrip().endswith(":")),
                places[unit.label],
            ]
        )
    return np.array(rows, dtype=np.float32)


def _texts(asked_in: Sequence[str], units: Sequence[Unit], sources: Mapping[str, Found]) -> tuple[str, list[str], list[str], list[str]]:
    """Return what is embedded: the question, each unit, the headings over each, and the question's sentences."""
    question = " ".join(asked_in)
    headings = [f"{sources[unit.label].passage.title} {sources[unit.label].passage.heading}" for unit in units]
    return question, [unit.text for unit in units], headings, [one.text for part in asked_in for one in sentences.split(part)] or [question]


def _shared(question: str, units: Sequence[Unit], headings: Sequence[str]) -> tuple[list[float], float]:
    """Return the share of the question's words that each unit holds, rare ones counting more, and the share that no unit or heading holds."""
    wanted = content(question)
    bags = [content(f"{unit.text} {heading}") for unit, heading in zip(units, headings, strict=True)]
    rarity = {word: 1.0 / (1 + sum(word in bag for bag in bags)) for word in wanted}
    total = sum(rarity.values()) or 1.0
    missing = sum(value for word, value in rarity.items() if not any(word in bag for bag in bags))
    return [sum(value for word, value in rarity.items() if word in bag) / total for bag in bags], missing / total


def choose(units: Sequence[Unit], likely: Floats, quoter: Quoter, most: int) -> list[int]:
    """Take the units that are likely enough, a list of steps as a whole, at most `most`, in reading order; empty below the floor."""
    order = [int(index) for index in np.argsort(-likely, kind="stable")]
    if likely[order[0]] < quoter.floor:
        return []
    taken: list[int] = []
    for index in order:
        if index in taken:
            continue
        if len(taken) >= most or (taken and likely[index] < quoter.take):
            break
        if any(_same(units[index], units[other]) for other in taken):
            continue
        group = _with_its_list(units, index)
        if not taken or len(taken) + len(group) <= most:
            taken += [member for member in group if member not in taken]
    labels = list(dict.fromkeys(units[index].label for index in taken))
    return sorted(taken[:most], key=lambda index: (labels.index(units[index].label), units[index].place))


def _with_its_list(units: Sequence[Unit], index: int) -> list[int]:
    """Give a step together with the other steps of its list, and a lead-in sentence with the list that it announces."""
    unit = units[index]
    if unit.kind == "step":
        return [place for place, other in enumerate(units) if (other.label, other.block) == (unit.label, unit.block)]
    if unit.text.rstrip().endswith(":") and index + 1 < len(units) and units[index + 1].label == unit.label:
        following = units[index + 1]
        listed = [place for place, other in enumerate(units) if (other.label, other.block) == (following.label, following.block)]
        return [index, *listed] if following.kind in ("step", "bullet", "row") else [index]
    return [index]


def _same(one: Unit, two: Unit) -> bool:
    a, b = set(_WORD.findall(one.text.lower())), set(_WORD.findall(two.text.lower()))
    return len(a & b) > 0.8 * min(len(a), len(b)) and one.kind == two.kind != "step"


def learn(rows: Sequence[Mapping[str, Any]], encoder: Encodes) -> Quoter:
    """Fit a quoter to worked examples: `question`, `passages` (title, heading, text) and `answer`, the units that answer, [] for none."""
    worked = [(row, _sources(row["passages"])) for row in rows]
    read = [(row, sources, [unit for label, found in sources.items() for unit in cut(label, found.passage.text)]) for row, sources in worked]
    every = [_texts((row["question"],), units, sources) for row, sources, units in read]
    encoder.encode([text for question, texts, headings, parts in every for text in (question, *texts, *headings, *parts)])  # all at once is faster
    described = [describe((row["question"],), units, sources, encoder) for row, sources, units in read]
    labels = [[is_one_of(unit, row["answer"]) for unit in units] for row, _, units in read]
    weigher = _fit(described, labels)
    halves = [_fit(described[part::2], labels[part::2]) for part in (0, 1)]  # the floor is for questions that were not learned from
    best = [float(halves[1 - place % 2].likely(one).max()) for place, one in enumerate(described) if any(labels[place])]
    return Quoter(weigher, TAKE, float(np.quantile(best, 1 - ANSWERED)))


def _sources(passages: Sequence[Mapping[str, str]]) -> dict[str, Found]:
    return {f"p{n}": Found(Passage(str(n), "", one["title"], one["heading"], one["text"]), 1.0, None) for n, one in enumerate(passages, 1)}


def _fit(described: Sequence[Floats], labels: Sequence[Sequence[bool]]) -> Weigher:
    return classifier.learn(np.vstack(described), [label for listed in labels for label in listed], strength=0.003)


def is_one_of(unit: Unit, answer: Sequence[str]) -> bool:
    if unit.kind == "row":
        return any("|" in one and all(cell.strip().lower() in unit.text.lower() for cell in one.strip().strip("|").split("|")) for one in answer)
    plain = _plain(unit.text)
    return any("|" not in one and (_plain(one) in plain or plain in _plain(one)) for one in answer)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*`_]|^\s*(?:[-*•+]|\d{1,2}[.)])\s+", "", text).lower().split())
