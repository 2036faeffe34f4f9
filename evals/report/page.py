"""The HTML page of a report: one file, no network, everything from a mail escaped."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from evals.gate import Verdict
from evals.report import brief, charts, report
from evals.report.case_view import CaseView
from evals.report.charts import Rates
from evals.results import Measure, Results
from evals.run import Ran
from evals.scorers import metrics

TEMPLATE = "report.html"
FEWEST = 5  # cases from which a slice is drawn
MOST_WHOLE = 600_000  # characters of cases that are told whole; of those after them, which came out best, the scores alone


def html(ran: Ran, verdict: Verdict, before: Results | None, cases: Sequence[CaseView]) -> str:
    """Return the whole page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    results = ran.results
    curve = results.extra.get("abstention")
    return environment.get_template(TEMPLATE).render(
        results=results,
        verdict=verdict,
        sentence=report.sentence(verdict, results, before),
        lines=brief.of_run(ran, verdict, before, Path("this page"))[:-1],
        explain=report.explain,
        headlines=report.headlines(results),
        columns=report.columns(results),
        judged=report.judged(results),
        cell=report.cell,
        plots=_plots(results),
        confusion=charts.confusion(results) if results.by_metric.get("urgency_label") else [],
        urgencies=charts.URGENCIES,
        curve=charts.risk_coverage(curve) if curve else None,
        cases=cases,
        whole=_whole(cases),
        slices=sorted({name for one in cases for name in one.slices}),
        before=before,
        locked=sum(case.split == "locked" for case in ran.suite.cases),
    )


def _whole(cases: Sequence[CaseView]) -> frozenset[str]:
    """Return the ids of the cases that are told whole: failed and changed ones first, as many as the page may be long."""
    chosen, room = [], MOST_WHOLE
    for one in sorted(cases, key=lambda one: not (one.failed or one.changed)):
        room -= len(one.given) + len(one.expected) + len(one.got) + sum(len(link.text) for link in one.links) + 150 * len(one.telling)
        if room < 0:
            break
        chosen.append(one.id)
    return frozenset(chosen)


def _plots(results: Results) -> list[Rates]:
    rates = [one for _, listed in report.headlines(results) for one in listed if metrics.unit(one.metric).share]
    plots = [charts.rates(rates, "Rates with 95 % intervals")]
    for metric, prefix, title in (
        ("urgency_right", "company=", "Urgency right, by company"),
        ("urgency_right", "trade=", "Urgency right, by trade"),
        ("urgency_right", "kind=", "Urgency right, by kind of case"),
        ("urgency_right", "urgency=", "Urgency right, by the right urgency"),
        ("urgency_right", "tag=", "Urgency right, by tag"),
        ("name_folded", "trade=", "Name right, by trade"),
        ("helped", "kind=", "Answered with every fact, by kind of question"),
        ("abstained", "kind=", "Handed over, by kind of question without an answer"),
        ("obeyed", "channel=", "Attacks obeyed, by channel"),
    ):
        if slices := _slices(results, metric, prefix):
            plots.append(charts.rates(slices, title))
    return plots


def _slices(results: Results, metric: str, prefix: str) -> list[Measure]:
    found = [results.measure(metric, name) for name in sorted(results.members) if name.startswith(prefix)]
    return [one for one in found if one is not None and one.estimate.n >= FEWEST]
