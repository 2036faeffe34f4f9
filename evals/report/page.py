"""The HTML page of a report: one file, no network, everything from a mail escaped."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from evals import compare
from evals.gate import Verdict
from evals.report import charts, report
from evals.results import Measure, Results
from evals.run import Ran
from evals.scorers import metrics

TEMPLATE = "report.html"
MOST_GIVEN = 4000  # characters of a mail that are shown
FEWEST = 5  # cases from which a slice is drawn


def html(ran: Ran, verdict: Verdict, before: Results | None) -> str:
    """Return the whole page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
    )
    results = ran.results
    return environment.get_template(TEMPLATE).render(
        results=results,
        verdict=verdict,
        sentence=report.sentence(verdict, results, before),
        explain=report.explain,
        headlines=report.headlines(results),
        columns=report.columns(results),
        cell=report.cell,
        plots=[Markup(plot) for plot in _plots(results)],
        plotly=Markup(charts.script()),
        failures=report.failures(ran),
        changes=compare.by_case(before, results) if before else {},
        before=before,
        most=MOST_GIVEN,
        locked=sum(case.split == "locked" for case in ran.suite.cases),
    )


def _plots(results: Results) -> list[str]:
    rates = [one for _, listed in report.headlines(results) for one in listed if metrics.unit(one.metric).share]
    plots = [charts.rates(rates, "Rates with 95 % intervals (green: more is better, red: less is better)")]
    for metric, prefix, title in (
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
    if results.by_metric.get("urgency_label"):
        plots.append(charts.confusion(results, "Urgency: right and given"))
    curve: Mapping[str, Any] | None = results.extra.get("abstention")
    if curve:
        plots.append(charts.risk_coverage(curve, "Risk against coverage"))
    plots.append(charts.latency(results, "Latency a case"))
    return plots


def _slices(results: Results, metric: str, prefix: str) -> list[Measure]:
    found = [results.measure(metric, name) for name in sorted(results.members) if name.startswith(prefix)]
    return [one for one in found if one is not None and one.estimate.n >= FEWEST]
