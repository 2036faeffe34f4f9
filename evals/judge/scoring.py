"""What a judge says of a run: whether answers are supported and answer, and whether summaries are as good as the right ones."""

from collections.abc import Iterator, Sequence

from evals.cases import Case, MailCase, QuestionCase, Suite
from evals.judge.judge import Judge
from evals.observation import Observed
from evals.scores import Score
from service.models import ModelError

LONGEST = 6000  # characters of a mail that a judge is shown


def score(suite: Suite, observed: Sequence[Observed], judge: Judge) -> tuple[Score, ...]:
    """Have every answer and every summary judged. A judgement that fails, or turns with the order, is not scored, and counted."""
    scores: list[Score] = []
    for case, seen in zip(suite.cases, observed, strict=True):
        try:
            scores.extend(_judged(case, seen, judge))
        except ModelError as exc:
            scores.append(Score("judged", case.id, None, error=f"{type(exc).__name__}: {exc}"))
    return tuple(scores)


def _judged(case: Case, seen: Observed, judge: Judge) -> Iterator[Score]:
    if isinstance(case, QuestionCase) and seen.answer and seen.search:
        passages = "\n\n".join(f"p{place}: {found.passage.headed()}" for place, found in enumerate(seen.search.found, 1))
        grade = judge.grade(case.question, passages, seen.answer.text)
        yield Score("judged_supported", case.id, float(grade.supported), grade.reason)
        yield Score("judged_answers", case.id, float(grade.answers), grade.reason)
    if isinstance(case, MailCase) and seen.screened and case.expected.issue_summary and seen.ticket.issue_summary:
        preference = judge.prefer(seen.screened.text[:LONGEST], seen.ticket.issue_summary, case.expected.issue_summary)
        if preference.choice is None:
            yield Score("judged_summary", case.id, None, error="the judge changed its mind with the order")
        else:
            yield Score("judged_summary", case.id, float(preference.choice != "second"), preference.reasons[0])
