"""The plots of a report, as pieces of HTML that need no network."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from evals.results import Measure, Results

INK, GOOD, BAD, SOFT = "#2f4858", "#2a7f62", "#b23a48", "#9bb1bd"
URGENCIES = ("high", "medium", "low", "null")


def script() -> str:
    """Return the source of plotly.js as the installed package carries it."""
    return str(get_plotlyjs())


def rates(measures: Sequence[Measure], title: str) -> str:
    """Draw shares as dots with their intervals, one a row."""
    rows = list(reversed(measures))
    values = [one.estimate.value for one in rows]
    above = [(one.estimate.high if one.estimate.high is not None else one.estimate.value) - one.estimate.value for one in rows]
    below = [one.estimate.value - (one.estimate.low if one.estimate.low is not None else one.estimate.value) for one in rows]
    names = [one.slice.partition("=")[2] or one.metric if len({one.metric for one in rows}) == 1 else one.metric for one in rows]
    dots = go.Scatter(
        x=values,
        y=[f"{name} (n={one.estimate.n})" for name, one in zip(names, rows, strict=True)],
        mode="markers",
        marker={"color": [BAD if one.better == "lower" else GOOD for one in rows], "size": 9},
        error_x={"type": "data", "symmetric": False, "array": above, "arrayminus": below, "color": SOFT},
    )
    return _html(go.Figure(dots), title, height=90 + 24 * len(rows), xaxis={"range": [-0.02, 1.02], "tickformat": ".0%"})


def confusion(results: Results, title: str) -> str:
    """Draw the confusion of urgencies: rows are what is right, columns what was given."""
    table = [[0] * len(URGENCIES) for _ in URGENCIES]
    for label in results.labels("urgency_label").values():
        right, _, given = label.partition(">")
        table[URGENCIES.index(right)][URGENCIES.index(given)] += 1
    heat = go.Heatmap(
        z=table, x=[f"given {name}" for name in URGENCIES], y=[f"right {name}" for name in URGENCIES], text=table, texttemplate="%{text}"
    )
    heat.update(colorscale=[[0, "#ffffff"], [1, INK]], showscale=False)
    return _html(go.Figure(heat), title, height=340, yaxis={"autorange": "reversed"})


def risk_coverage(found: Mapping[str, Any], title: str) -> str:
    """Draw risk against coverage, with the operating points."""
    points = found["points"]
    figure = go.Figure(go.Scatter(x=[p["coverage"] for p in points], y=[p["risk"] for p in points], mode="lines", line={"color": INK}, name="search"))
    for key, name, colour in (("at_floor", "at the floor", GOOD), ("end_to_end", "whole path: answers not right and complete", BAD)):
        if point := found.get(key):
            figure.add_trace(go.Scatter(x=[point["coverage"]], y=[point["risk"]], mode="markers", marker={"size": 12, "color": colour}, name=name))
    return _html(
        figure, title, 360, {"title": "coverage: share answered", "tickformat": ".0%"}, {"title": "risk: share of them wrong", "tickformat": ".0%"}
    )


def latency(results: Results, title: str) -> str:
    """Draw how long cases took, one box a family, and the stages' percentiles beside it."""
    figure = go.Figure()
    for family in ("mail", "question", "attack"):
        if values := list(results.values("ms", f"family={family}").values()):
            figure.add_trace(go.Box(y=values, name=family, boxpoints="outliers", marker_color=INK))
    return _html(figure, title, 340, yaxis={"title": "ms", "type": "log"})


def _html(figure: go.Figure, title: str, height: int, xaxis: Mapping[str, Any] | None = None, yaxis: Mapping[str, Any] | None = None) -> str:
    figure.update_layout(
        title=title,
        height=height,
        margin={"l": 10, "r": 20, "t": 44, "b": 40},
        template="plotly_white",
        showlegend=len(figure.data) > 1,
        xaxis={"automargin": True, **(xaxis or {})},
        yaxis={"automargin": True, **(yaxis or {})},
    )
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}))
