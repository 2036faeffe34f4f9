"""ragas' metrics over the answers of a run: the offline ones always, those that need a judge where one is given."""

import asyncio
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from evals import intervals
from evals.cases import QuestionCase
from evals.intervals import Estimate
from evals.judge.judge import Judge
from evals.observation import Observed
from retrieval.encoder import Encodes

MOST = 60  # questions scored; the string metrics compare every passage with every other and take most of the time
TOLERANCE = 1e-6  # rounding beyond 0 and 1 that is still a score


@dataclass(frozen=True)
class Ragas:
    """What ragas' metrics came to: a mean with its interval, and how many values were no scores (not a number, or out of range)."""

    scores: Mapping[str, Estimate | None]
    unscored: Mapping[str, int]
    questions: int
    of: int

    def as_data(self) -> dict[str, Any]:
        """Return plain data for the report."""
        rows = {
            name: {"value": one.value if one else None, "n": one.n if one else 0, "unscored": self.unscored[name], "shown": _shown(one)}
            for name, one in self.scores.items()
        }
        return {"says": f"On {self.questions} of {self.of} answerable questions that were searched.", "metrics": rows}


@dataclass(frozen=True)
class Sample:
    """One question as ragas takes it. `response` is the answer, `reference` the words of the right passages."""

    question: str
    response: str | None
    found: tuple[str, ...]
    found_ids: tuple[str, ...]
    right: tuple[str, ...]
    right_ids: tuple[str, ...]
    facts: tuple[str, ...]


Metric = Callable[[Sample], float]


def samples(cases: Sequence[QuestionCase], observed: Sequence[Observed], passages: Mapping[str, Sequence[tuple[str, str]]]) -> list[Sample]:
    """Make ragas' samples of the answerable questions. `passages` gives, by article, the heading and text of each of its passages."""
    made = []
    for case, seen in zip(cases, observed, strict=True):
        if not case.answerable or seen.search is None or not seen.search.found:
            continue
        right = [text for article in case.articles for heading, text in passages.get(article, ()) if _under(heading, case.headings)]
        made.append(
            Sample(
                question=case.question,
                response=seen.answer.text if seen.answer else None,
                found=tuple(one.passage.text for one in seen.search.found),
                found_ids=tuple(dict.fromkeys(one.passage.article for one in seen.search.found)),
                right=tuple(right),
                right_ids=case.articles,
                facts=case.facts,
            )
        )
    return made


def _under(heading: str, headings: Sequence[str]) -> bool:
    return not headings or any(wanted.casefold() in heading.casefold() for wanted in headings)


def score(listed: Sequence[Sample], encoder: Encodes, most: int = MOST, judge: Judge | None = None) -> Ragas:
    """Score at most `most` samples, evenly chosen. Without a judge the metrics that ask one are left out."""
    chosen = list(listed[:: max(1, math.ceil(len(listed) / most))])
    metrics = _offline(encoder) | (judged(judge, encoder) if judge else {})
    scores: dict[str, Estimate | None] = {}
    unscored: dict[str, int] = {}
    for name, metric in metrics.items():
        values, unscored[name] = _values(metric, chosen)
        scores[name] = intervals.mean(values) if values else None
    return Ragas(scores, unscored, len(chosen), len(listed))


def _values(metric: Metric, listed: Sequence[Sample]) -> tuple[list[float], int]:
    """Return the values that are scores, and how many were not."""
    values, failed = [], 0
    for sample in listed:
        try:
            found = value(metric, sample)
        except NotApplicable:
            continue
        if found is None:
            failed += 1
        else:
            values.append(found)
    return values, failed


def value(metric: Metric, sample: Sample) -> float | None:
    """Return what a metric gives a sample, None where that is no score. Raises NotApplicable."""
    try:
        found = metric(sample)
    except NotApplicable:
        raise
    except Exception:  # the outer edge of somebody else's code: what fails is not scored, and counted
        return None
    return min(1.0, max(0.0, found)) if math.isfinite(found) and -TOLERANCE <= found <= 1 + TOLERANCE else None


class NotApplicable(Exception):
    """This metric has nothing to say of this sample."""


def _offline(encoder: Encodes) -> dict[str, Metric]:
    """Return ragas' metrics that need no model but our own encoder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ragas deprecates the module that its offline metrics are in
        from ragas.metrics import IDBasedContextPrecision, IDBasedContextRecall, NonLLMContextPrecisionWithReference, NonLLMContextRecall
        from ragas.metrics.collections import RougeScore, SemanticSimilarity, StringPresence

    presence, rouge, likeness = StringPresence(), RougeScore(rouge_type="rougeL", mode="recall"), SemanticSimilarity(embeddings=_embeddings(encoder))
    return {
        "id_context_precision": _single(IDBasedContextPrecision()),
        "id_context_recall": _single(IDBasedContextRecall()),
        "non_llm_context_precision": _single(NonLLMContextPrecisionWithReference(), contexts=True),
        "non_llm_context_recall": _single(NonLLMContextRecall(), contexts=True),
        "string_presence": lambda sample: _mean(
            [max(_run(presence.ascore(reference=one, response=_answer(sample))) for one in fact.split("|")) for fact in sample.facts]
        ),
        "rouge_l_recall_of_facts": lambda sample: _run(rouge.ascore(reference=_facts(sample), response=_answer(sample))),
        "semantic_similarity": lambda sample: _run(likeness.ascore(reference=_facts(sample), response=_answer(sample))),
    }


def judged(judge: Judge, encoder: Encodes) -> dict[str, Metric]:
    """Return ragas' metrics that ask a judge, which is reached the way all our models are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.llms.base import InstructorBaseRagasLLM
        from ragas.metrics.collections import AnswerRelevancy, ContextPrecisionWithoutReference, Faithfulness

    class Ours(InstructorBaseRagasLLM):  # type: ignore[misc]
        """Our judge, as ragas asks for one."""

        def generate(self, prompt: str, response_model: Any) -> Any:
            return judge.say(prompt, response_model)

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return judge.say(prompt, response_model)

    faithful, precise = Faithfulness(llm=Ours()), ContextPrecisionWithoutReference(llm=Ours())
    relevant = AnswerRelevancy(llm=Ours(), embeddings=_embeddings(encoder), strictness=1)  # at temperature 0 the usual three are one, thrice paid

    def asked(metric: Any) -> Metric:
        return lambda sample: _run(metric.ascore(user_input=sample.question, response=_answer(sample), retrieved_contexts=list(sample.found)))

    return {
        "faithfulness": asked(faithful),
        "context_precision": asked(precise),
        "answer_relevancy": lambda sample: _run(relevant.ascore(user_input=sample.question, response=_answer(sample))),
    }


def _embeddings(encoder: Encodes) -> Any:
    """Return our encoder, as ragas asks for one."""
    from ragas.embeddings.base import BaseRagasEmbedding

    class Local(BaseRagasEmbedding):  # type: ignore[misc]
        """Our encoder under the names that ragas calls."""

        def embed_text(self, text: str, **kwargs: Any) -> list[float]:
            return [float(value) for value in encoder.encode([text])[0]]

        async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:
            return self.embed_text(text)

    return Local()


def _single(metric: Any, contexts: bool = False) -> Metric:
    from ragas import SingleTurnSample

    def scored(sample: Sample) -> float:
        if contexts and not sample.right:
            raise NotApplicable
        turn = SingleTurnSample(
            user_input=sample.question,
            retrieved_contexts=list(sample.found),
            reference_contexts=list(sample.right) or None,
            retrieved_context_ids=list(sample.found_ids),
            reference_context_ids=list(sample.right_ids),
        )
        return _run(metric.single_turn_ascore(turn))

    return scored


def _run(awaitable: Any) -> float:
    with ThreadPoolExecutor(1) as apart:  # a caller may have an event loop of its own running in this thread, as a notebook has
        value = apart.submit(copy_context().run, asyncio.run, awaitable).result()
    return float(getattr(value, "value", value))


def _answer(sample: Sample) -> str:
    if sample.response is None:
        raise NotApplicable
    return sample.response


def _facts(sample: Sample) -> str:
    if not sample.facts:
        raise NotApplicable
    return ". ".join(fact.split("|")[0] for fact in sample.facts)


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise NotApplicable
    return sum(values) / len(values)


def _shown(one: Estimate | None) -> str:
    if one is None:
        return "not scored"
    return f"{one.value:.3f}" + (f" [{one.low:.3f}, {one.high:.3f}]" if one.low is not None and one.high is not None else "")
