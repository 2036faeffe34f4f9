"""What a judge says of a run: whether answers are supported and answer, and whether summaries are as good as the right ones."""

from collections.abc import Iterator, Sequence

from evals.cases import Case, MailCase, QuestionCase, Suite
from evals.judge.judge import Judge
from evals.observation import Observed
from evals.scores import Score
from service.models import ModelError

ANSWERED, SUMMED_UP = ("judged_supported", "judged_answers"), ("judged_summary",)  # what is scored of an answer, and of a summary
LONGEST = 6000  # characters of a mail that a judge is shown


def score(suite: Suite, observed: Sequence[Observed], judge: Judge) -> tuple[Score, ...]:
    """Have every answer and every summary judged. A judgement that fails, or turns with the order, is not scored, and counted."""
    scores: list[Score] = []
    for case, seen in zip(suite.cases, observed, strict=True):
        try:
            scores.extend(_judged(case, seen, judge))
        except ModelError as exc:
            names = ANSWERED if isinstance(case, QuestionCase) else SUMMED_UP
            scores.extend(Score(name, case.id, None, error=f"{type(exc).__name__}: {exc}") for name in names)
    return tuple(scores)


def _judged(case: Case, seen: Observed, judge: Judge) -> Iterator[Score]:
    if isinstance(case, QuestionCase) and seen.answer and seen.search:
        passages = "\n\n".join(f"p{place}: {found.passage.headed()}" for place, found in enumerate(seen.search.found, 1))
        grade = judge.grade(case.question, passages, seen.answer.text)
        for name, holds in zip(ANSWERED, (grade.supported, grade.answers), strict=True):
            yield Score(name, case.id, float(holds), grade.reason)
    if isinstance(case, MailCase) and seen.screened and case.expected.issue_summary and seen.ticket.issue_summary:
        preference = judge.prefer(seen.screened.text[:LONGEST], seen.ticket.issue_summary, case.expected.issue_summary)
        if preference.choice is None:
            yield Score(*SUMMED_UP, case.id, None, error="the judge changed its mind with the order")
        else:
            yield Score(*SUMMED_UP, case.id, float(preference.choice != "second"), preference.reasons[0])
