"""A case as people look at it: what was given, expected and got, every score with its reason, what the answer rests on, and where the time went."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evals import compare
from evals.cases import Case
from evals.observation import Observed
from evals.report import report
from evals.results import Results
from evals.run import Ran
from evals.scorers import metrics
from evals.scores import Score
from service.answers import Answer, Struck

LONGEST = 4000  # characters of a mail that are shown
FILE = "cases.json"


@dataclass(frozen=True)
class Scored:
    """One metric of a case: its value, that of the stored run, why, and whether it speaks against the case."""

    metric: str
    value: str
    before: str | None
    reason: str
    wrong: bool


@dataclass(frozen=True)
class Link:
    """One sentence of an answer: what it cites, and what the check said of it (its support, or why it was struck)."""

    text: str
    citations: tuple[str, ...]
    kept: bool
    says: str


@dataclass(frozen=True)
class Cited:
    """One passage that an answer rests on, with the quote."""

    id: str
    article: str
    heading: str
    quote: str


@dataclass(frozen=True)
class Stage:
    """One stage of the path: how long it took, and which models were asked in it."""

    name: str
    ms: float
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseView:
    """One case, whole."""

    id: str
    kind: str
    split: str
    company: str
    source: str
    slices: tuple[str, ...]
    given: str
    expected: str
    got: str
    failed: bool
    changed: bool
    scores: tuple[Scored, ...]
    links: tuple[Link, ...] = ()
    cites: tuple[Cited, ...] = ()
    stages: tuple[Stage, ...] = field(default=())

    @property
    def telling(self) -> tuple[Scored, ...]:
        """The scores that are wrong, were not given, are others than before, or have something to say."""
        return tuple(
            one for one in self.scores if one.wrong or one.reason or one.value.startswith("not scored") or one.before not in (None, one.value)
        )

    @property
    def wrong(self) -> tuple[str, ...]:
        """The metrics that speak against it."""
        return tuple(one.metric for one in self.scores if one.wrong)


def views(ran: Ran, before: Results | None) -> tuple[CaseView, ...]:
    """Return every case of a run but the locked ones, those with most against them first."""
    changes = compare.by_case(before, ran.results) if before else {}
    pairs = zip(ran.suite.cases, ran.observed, strict=True)
    found = [view(case, seen, ran.results, before, case.id in changes) for case, seen in pairs if case.split != "locked"]
    return tuple(sorted(found, key=lambda one: -len(one.wrong)))


def view(case: Case, seen: Observed, results: Results, before: Results | None, changed: bool) -> CaseView:
    """Return one case, whole."""
    told = report.told(case, seen)
    scored = tuple(_scored(given[case.id], before) for given in results.by_metric.values() if case.id in given)
    return CaseView(
        id=case.id,
        kind=case.kind,
        split=case.split,
        company=case.company,
        source=case.source,
        slices=tuple(results.slices.get(case.id, ())),
        given=told.given if len(told.given) <= LONGEST else told.given[:LONGEST] + " […]",
        expected=told.expected,
        got=told.got,
        failed=any(one.wrong for one in scored),
        changed=changed,
        scores=scored,
        links=_links(seen),
        cites=tuple(Cited(one.id, one.article, one.heading, one.quote) for one in seen.answer.citations) if seen.answer else (),
        stages=tuple(Stage(span.stage, round(span.ms, 1), tuple(_call(one) for one in span.attempts)) for span in seen.spans),
    )


def _scored(score: Score, before: Results | None) -> Scored:
    metric = metrics.unit(score.metric)
    earlier = before.by_metric.get(score.metric, {}).get(score.case) if before else None
    value = f"not scored: {score.error}" if score.error else _shown(score.value)
    return Scored(score.metric, value, _shown(earlier.value) if earlier and metric.name != "ms" else None, score.reason, report.speaks_against(score))


def _shown(value: float | str | None) -> str:
    return "not scored" if value is None else value if isinstance(value, str) else f"{value:g}"


def _links(seen: Observed) -> tuple[Link, ...]:
    """Return the sentences of the answer that was given, or of the draft that was not."""
    answer = seen.answer
    if isinstance(answer, Answer):
        kept = [Link(one.text, one.citations, True, f"support {one.support:.2f}") for one in answer.sentences]
        return (*kept, *map(_struck, answer.struck))
    return tuple(Link(one.text, one.citations, False, "never sent") for one in seen.draft.sentences) if seen.draft else ()


def _struck(one: Struck) -> Link:
    return Link(one.text, one.citations, False, f"struck: {one.why}")


def _call(attempt: Any) -> str:
    error = f", {attempt.error}" if attempt.error else ""
    return f"{attempt.provider}/{attempt.model} {attempt.ms:.0f} ms{', repair' if attempt.repair else ''}{error}"


def as_data(listed: tuple[CaseView, ...]) -> list[Mapping[str, Any]]:
    """Return cases as plain data, as the console reads them."""
    return [asdict(one) for one in listed]
