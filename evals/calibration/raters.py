"""Who says something of a labelled case: the judge, ragas, our own check and reader, and whoever labelled it a second time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evals.judge.judge import Graded, Judge
from evals.judge.labels import ANSWERS, BETTER, SUPPORTED, Label, Said
from retrieval.encoder import EncodesTokens
from retrieval.passages import Found, Passage
from service import checking
from service.checking import CheckRequest
from service.local.answer_reader import AnswerReader
from service.models import ModelError
from service.release import Checks, Policy
from service.stages.check.chain import Checker

Rate = Callable[[Label], str | float | None]

WHOLE = 1.0  # ragas' faithfulness of an answer each of whose statements is in the passages, which is what `supported` means


@dataclass(frozen=True)
class Rater:
    """Somebody who answers one question about a case: by a verdict, by a score that is yes from `cut` on (None: from where it agrees best), or not."""

    name: str
    question: str
    rate: Rate
    cut: float | None = None

    def about(self, label: Label) -> bool:
        """Tell whether a case has a label for this question."""
        return self.question in label.verdicts


def of_judge(judge: Judge) -> tuple[Rater, ...]:
    """Return the judge as rater of all three questions; what grades an answer is asked once for two."""
    graded: dict[str, Graded | None] = {}

    def grade(label: Label) -> Graded | None:
        if label.id not in graded:
            try:
                graded[label.id] = judge.grade(label.question, label.passages, label.answer)
            except ModelError:
                graded[label.id] = None
        return graded[label.id]

    def supported(label: Label) -> str | None:
        found = grade(label)
        return None if found is None else str(found.supported)

    def answers(label: Label) -> str | None:
        found = grade(label)
        return None if found is None else str(found.answers)

    def better(label: Label) -> str | None:
        try:
            return judge.prefer(label.mail, label.first, label.second).choice
        except ModelError:
            return None

    return Rater("judge", SUPPORTED, supported), Rater("judge", ANSWERS, answers), Rater("judge", BETTER, better)


def of_ragas(judge: Judge, encoder: EncodesTokens) -> tuple[Rater, ...]:
    """Return ragas' faithfulness, yes where it is whole, and its answer relevancy, which has no cut of its own; both ask the judge."""
    from evals.scorers import ragas  # two seconds to import

    metrics = ragas.judged(judge, encoder)

    def rate(metric: ragas.Metric) -> Rate:
        return lambda label: ragas.value(metric, ragas.Sample(label.question, label.answer, label.cited, (), (), (), ()))

    return (
        Rater("ragas faithfulness", SUPPORTED, rate(metrics["faithfulness"]), WHOLE),
        Rater("ragas answer relevancy", ANSWERS, rate(metrics["answer_relevancy"])),
    )


def of_ours(checker: Checker, reader: AnswerReader, encoder: EncodesTokens) -> tuple[Rater, ...]:
    """Return our check, and our reader of answers, which here reads the answer for what answers the question."""

    def supported(label: Label) -> str:
        asked = CheckRequest(passages=list(label.cited), answer=label.answer, question=label.question)
        return str(checking.run(asked, checker, Checks(), Policy()).supported)

    def answers(label: Label) -> float:
        passage = Passage("p1", "answer", "", "", label.answer)
        return float(reader.read([label.question], {"p1": Found(passage, 1.0, 1.0)}, encoder).answers)

    return Rater("our check", SUPPORTED, supported), Rater("our reader", ANSWERS, answers, reader.floor)


def of_labels(said: Mapping[str, Said]) -> tuple[Rater, ...]:
    """Return the second labelling as rater: what agreement can be asked of anybody."""

    def rate(question: str) -> Rate:
        return lambda label: said[label.id].verdicts.get(question) if label.id in said else None

    return tuple(Rater("labelled again", question, rate(question)) for question in (SUPPORTED, ANSWERS, BETTER)) if said else ()
