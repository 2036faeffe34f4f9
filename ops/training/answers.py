"""Teaches the reader of answers from worked questions over small help centres, measures it on trades left out, and ships it with its card."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from evals import centre_questions
from evals.centre_questions import Asked, Centre
from evals.mutations import readers
from evals.scorers import wording
from ops.cli.progress import bar
from ops.training import alignment, answers_card, support
from ops.training.alignment import Pair
from retrieval import encoder as encoders
from retrieval.encoder import Encoder, Tokens
from retrieval.remembering import Remembering
from service import prompting, questions
from service.local import answer_reader, asked, composing, extracts, reader, shipped
from service.local.asked import Background, Window
from service.local.composing import Marks
from service.local.reader import CLIP
from service.settings import Settings
from service.text.word_runs import Floats, content

FOLDS, EPOCHS, ALIKE = 4, 6, 16
TREES = {"max_iter": 160, "learning_rate": 0.07, "max_leaf_nodes": 10, "l2_regularization": 2.0, "min_samples_leaf": 25, "random_state": 0}
WRONG, WRONG_BY_RULE = 5, 2  # windows that do not answer, taught a question: the best by features, and of a question whose answer was taken away
HALF = "the reader of answers, taught from every second trade alone: a mutation that the gate must catch"
REFUSED = 0.05  # share of answerable questions that the floor gives up, on the half of the trades left out that it is chosen on
ABROAD = 0.10  # share of answers that may cite another article than the right ones
BESIDE = 0.1  # of an answer with all facts, what a told unit costs that does not answer: mostly another row of the table
COMMON = 0.6  # of a word's rarity, where it is one that questions of all trades use


@dataclass
class Row:
    """One question with the windows found for it, what describes them, which of them answer, and what a fold that did not learn it says of it."""

    trade: str
    question: Asked
    windows: Sequence[Window]
    described: Floats
    right: npt.NDArray[np.bool_]
    by_rule: bool = False
    by_features: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    aligned: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    @property
    def answerable(self) -> bool:
        """Tell whether the help centre answers, found or not."""
        return self.question.answerable and not self.by_rule


def main() -> None:
    """Teach, measure, and write the arrays and the card."""
    settings = Settings()
    encoder = encoders.obtain(settings.data_dir / "encoders")
    remembering = Remembering(encoder, 500_000)
    examples = prompting.load(settings.prompts_dir / "answer_ticket" / "v1").tables["examples"]
    taught = [*centre_questions.centres(support.CENTRES), *centre_questions.worked(examples)]
    found = [one for centre in taught for one in _found(centre, encoder, remembering)]
    background = rarity(found)
    rows = [row for one in found for row in _rows(*one, background, remembering)]
    asked_of = [one for centre in centre_questions.centres() for one in _found(centre, encoder, remembering)]

    def taught_from(listed: Sequence[Row], rare: Background) -> dict[str, Any]:
        arrays = teach(listed, rare, encoder)
        return arrays | {"floor": np.array(answers_card.floor(answer_reader.read(arrays), asked_of, remembering, REFUSED))}

    arrays = taught_from(rows, background)
    shipped.ship(arrays, answers_card.card(rows, answer_reader.read(arrays), asked_of, remembering), (answer_reader.ARRAYS, answer_reader.CARD))
    half = [one for one in found if one[0] in set(sorted({trade for trade, _, _ in found})[::2])]
    fewer = [row for one in half for row in _rows(*one, rarity(half), remembering)]
    shipped.ship(taught_from(fewer, rarity(half)), {"what": HALF, "taught": {"questions": len(half)}}, readers.HALF_TAUGHT, readers.FOLDER)


def _found(centre: Centre, encoder: Encoder, remembering: Remembering) -> Iterator[tuple[str, Asked, dict[str, Any]]]:
    snapshot = centre_questions.opened(centre, encoder, remembering.encode)
    for one, result in centre_questions.searched(snapshot, centre.questions):
        yield centre.trade, one, questions.label(result.found)


def rarity(found: Sequence[tuple[str, Asked, dict[str, Any]]]) -> Background:
    """Return how rare words are among the taught trades, those for less that questions of many trades use."""
    in_articles: dict[str, set[str]] = {}
    for trade, _, sources in found:
        in_articles.setdefault(trade, set()).update(*(content(one.passage.headed()) for one in sources.values()))
    trades = Counter(word for words in in_articles.values() for word in words)
    asked_with = Counter(word for _, one, _ in found for word in content(one.text))
    by_trades = {word: float(np.log((1 + len(in_articles)) / (1 + count))) for word, count in trades.items()}
    by_questions = {word: COMMON * float(np.log((1 + len(found)) / (1 + count))) for word, count in asked_with.items()}
    words = sorted({*by_trades, *by_questions})
    return Background({word: min(by_trades.get(word, asked.UNKNOWN), by_questions.get(word, asked.UNKNOWN)) for word in words})


def _rows(trade: str, one: Asked, sources: dict[str, Any], background: Background, encoder: Remembering) -> Iterator[Row]:
    """Give a question as it is and, where it is answered, without the units and without the articles that answer it: then nothing does."""
    listed = asked.windows(sources)
    right = [_answers(window, one) for window in listed]
    without = [window for window, is_right in zip(listed, right, strict=True) if not is_right]
    elsewhere = [window for window in listed if centre_questions.called(window.found.passage.article) not in one.articles]
    kept = [(listed, right, False)]
    if any(right):
        kept += [(some, [False] * len(some), True) for some in (without, elsewhere) if some and not _still_told(some, one)]
    for some, labels, by_rule in kept:
        if some:
            yield Row(trade, one, some, asked.describe((one.text,), some, background, encoder), np.array(labels, dtype=bool), by_rule)


def _answers(window: Window, one: Asked) -> bool:
    return centre_questions.called(window.found.passage.article) in one.articles and extracts.is_one_of(window.unit, one.units)


def _still_told(some: Sequence[Window], one: Asked) -> bool:
    return bool(one.facts) and not wording.missing(" ".join(window.text for window in some), one.facts)


def teach(rows: Sequence[Row], background: Background, encoder: Encoder) -> dict[str, Any]:
    """Fit trees and one head a fold to the other folds' trades, then what rests on what they say of trades that they did not learn; return all as arrays."""
    fold = folds(rows)
    for number in range(FOLDS):
        _read_by_features(_trees([row for row in rows if fold[row.trade] != number]), [row for row in rows if fold[row.trade] == number])
    tokens = _tokens(rows, encoder)
    mean, directions = support.directions(list(tokens.values()))
    projected = {text: (one.ids, np.asarray((one.layers - mean) @ directions, dtype=np.float32)) for text, one in tokens.items()}
    described = np.vstack([row.described for row in rows])
    arrays: dict[str, Any] = {"mean": mean, "directions": directions, "feature_mean": described.mean(0), "feature_scale": described.std(0) + 1e-6}
    for row in rows:
        row.aligned = np.full(len(row.windows), answer_reader.UNREAD)
    with bar("Teaching heads") as tell:
        for number in range(FOLDS):
            arrays |= _head(number, [row for row in rows if fold[row.trade] != number], projected, arrays)
            _align(number, [row for row in rows if fold[row.trade] == number], projected, arrays)
            tell(number + 1, FOLDS)
    arrays |= support.flat(_trees(rows)) | {"heads": np.array(FOLDS)}
    arrays |= {"words": np.array(list(background.rarity)), "rarity": np.array(list(background.rarity.values()), dtype=np.float32)}
    told = [row for row in rows if row.question.facts and not row.by_rule]
    return arrays | {"floor": np.array(0.0), "marks": np.array(_marks(told))}


def folds(rows: Sequence[Row]) -> dict[str, int]:
    """Deal trades to folds."""
    trades = sorted({row.trade for row in rows})
    return {trades[place]: number % FOLDS for number, place in enumerate(np.random.default_rng(0).permutation(len(trades)))}


def _trees(rows: Sequence[Row]) -> HistGradientBoostingClassifier:
    kept = [row for row in rows if not row.by_rule]
    return HistGradientBoostingClassifier(**TREES).fit(np.vstack([row.described for row in kept]), np.concatenate([row.right for row in kept]))


def _read_by_features(fitted: HistGradientBoostingClassifier, rows: Sequence[Row]) -> None:
    for row in rows:
        row.by_features = fitted.decision_function(row.described)


def _best(row: Row) -> list[int]:
    return [int(place) for place in np.argsort(-row.by_features, kind="stable")[: answer_reader.CLOSELY]]


def _lesson(row: Row) -> list[int]:
    """Return the windows that a head learns of a question: those that answer, and the likeliest that do not."""
    wrong = [place for place in _best(row) if not row.right[place]]
    return [*np.flatnonzero(row.right)[:WRONG].tolist(), *wrong[: WRONG_BY_RULE if row.by_rule else WRONG]]


def _tokens(rows: Sequence[Row], encoder: Encoder) -> dict[str, Tokens]:
    windows = [row.windows[place] for row in rows for place in {*_best(row), *_lesson(row)}]
    texts = sorted({row.question.text for row in rows} | {text for one in windows for text in answer_reader.texts_of(one)})
    halved = (
        replace(one, layers=one.layers.astype(np.float16))
        for start in range(0, len(texts), 512)
        for one in encoder.tokens(texts[start : start + 512])
    )
    return dict(zip(texts, halved, strict=True))


def _pair(row: Row, place: int, projected: dict[str, Any], arrays: dict[str, Any]) -> Pair:
    ids, vectors = projected[row.question.text]
    texts = answer_reader.texts_of(row.windows[place])
    evidence, own = answer_reader.joined([Tokens(*projected[text]) for text in texts], texts)
    scaled = np.clip((row.described[place] - arrays["feature_mean"]) / arrays["feature_scale"], -CLIP, CLIP)
    most = answer_reader.QUESTION
    return Pair(ids[:most], vectors[:most], evidence.ids, evidence.layers, own, scaled)


def _head(number: int, rows: Sequence[Row], projected: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Floats]:
    listed = [(row, place) for row in rows for place in _lesson(row)]
    labels = np.array([row.right[place] for row, place in listed], dtype=np.float32)
    pairs = [_pair(row, place, projected, arrays) for row, place in listed]
    return {f"head{number}.{name}": value for name, value in alignment.fit(pairs, labels, number, EPOCHS, ALIKE).items()}


def _align(number: int, rows: Sequence[Row], projected: dict[str, Any], arrays: dict[str, Any]) -> None:
    head = {name.partition(".")[2]: value for name, value in arrays.items() if name.startswith(f"head{number}.")}
    for row in rows:
        for place in _best(row):
            one = _pair(row, place, projected, arrays)
            same = one.sentence_ids[:, None] == one.evidence_ids[None, :]
            row.aligned[place] = reader.align(head, one.sentence, one.evidence, same, one.own, one.features)


def _marks(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Choose the marks that tell all facts most often while another article is cited in no more than ABROAD, and few units beside those that answer, of marks alike the higher ones."""
    tried = []
    odds = [answer_reader.together(row.by_features, row.aligned, row.described, asked.shared(row.question.text, row.windows)) for row in rows]
    for marks in itertools.product((-2.5, -2.0, -1.5, -1.0, -0.5), (0.5, 1.5, 9.0), (1.0, 1.5, 2.0, 3.0, 4.5)):
        full, wrong, beside = told_by(rows, odds, Marks(*marks))
        tried.append((full - max(0.0, wrong - ABROAD) * 2 - BESIDE * beside, marks))
    return max(tried)[1]


def told_by(rows: Sequence[Row], odds: Sequence[Floats], marks: Marks) -> tuple[float, float, float]:
    """Return the share of answers that tell all facts, the share that cites a wrong article, and the mean number of units that do not answer."""
    full = wrong = beside = 0
    for row, weighed in zip(rows, odds, strict=True):
        places = composing.compose(row.question.text, row.windows, weighed, marks)
        told = [row.windows[place] for place in places]
        full += not wording.missing(" ".join(composing.tell(one) for one in told), row.question.facts)
        wrong += any(centre_questions.called(one.found.passage.article) not in row.question.articles for one in told)
        beside += sum(not row.right[place] for place in places)
    return full / len(rows), wrong / len(rows), beside / len(rows)


if __name__ == "__main__":
    main()
