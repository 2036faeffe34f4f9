"""Prints what runs, comparisons and mutations of the evals came to."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # slow to import; --help must answer at once
    from evals.compare import Difference
    from evals.external.benchmark import External
    from evals.mutations.adequacy import Adequacy, Tried
    from evals.results import Results
    from evals.suite import Finished

FEWEST_SURE = 6  # cases under which an interval of the bootstrap says nothing
FEW_CASES = 3  # asked for by name: so many are printed whole


def run(finished: "Finished", full: bool) -> None:
    """Print a run: all measures where asked for, and the ten lines."""
    from evals.report import brief, report

    results, verdict = finished.ran.results, finished.verdict
    if full:
        _tables(results)
        for ruling in verdict.broken:
            if ruling.decision == "fail" or not verdict.part:
                say(f"{ruling.decision}: {report.explain(ruling)}")
    if reused := results.extra.get("reused"):
        say(f"{reused} of {len(results.slices)} cases were not run again: nothing that could change them has changed (--fresh runs them).")
    if replay := results.extra.get("replay"):
        say(f"Replayed: {replay['told']}.")
    for note in results.header.notes:
        say(f"Note: {note}.")
    for line in report.judged(results):
        say(line)
    for line in brief.of_run(finished.ran, verdict, finished.before, finished.paths.html):
        say(line)


def cases(finished: "Finished") -> None:
    """Print the cases of a run whole."""
    from evals.report import brief

    for line in brief.whole(finished.ran, finished.before):
        say(line)
    say(f"The page: {finished.paths.html}")


def run_as_json(finished: "Finished") -> None:
    """Print a run as one JSON object."""
    from evals import suite
    from evals.report import brief, report

    header, paths = finished.ran.results.header, finished.paths
    facts = {
        "run": header.run,
        "seconds": header.seconds,
        "verdict": report.as_data(finished.verdict),
        "says": report.sentence(finished.verdict, finished.ran.results, finished.before),
        "brief": brief.of_run(finished.ran, finished.verdict, finished.before, paths.html),
        "reports": [str(path) for path in (paths.html, paths.markdown, paths.json)],
        "measures": suite.headlines(finished.ran.results),
        "judge": finished.ran.results.extra.get("judge"),
    }
    say(json.dumps(facts, ensure_ascii=False))


def _tables(results: "Results") -> None:
    from rich.console import Console
    from rich.table import Table

    from evals.report import report

    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    heads = report.columns(results)
    for title, listed in report.headlines(results):
        if not listed:
            continue
        table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in ("metric", *(name for name, _ in heads), "can show a drop of"):
            table.add_column(column)
        for one in listed:
            cells = [report.cell(results.measure(one.metric, of)) for _, of in heads]
            table.add_row(one.metric + (" ↓" if one.better == "lower" else ""), *cells, f"{one.drop:.1%}" if one.drop is not None else "")
        console.print(table)
        console.print()
    console.print("↓ less is better. 95 % intervals: Wilson for shares, bootstrap for the rest. Drops at power .8, one-sided 5 %.")


def differences(found: "Sequence[Difference]", changes: Mapping[str, Sequence[tuple[str, str, str]]]) -> None:
    """Print every measure that changed, shares first, and every case."""
    from evals.scorers import metrics

    moved = sorted((one for one in found if one.effect != 0), key=lambda one: (not metrics.unit(one.metric).share, one.effect))
    for one in moved:
        unit = metrics.unit(one.metric)
        sure = "sure" if one.p < 0.05 or (one.low > 0 and one.n >= FEWEST_SURE) else "may be chance"
        bounds = f"{one.effect:+.3f} [{one.low:+.3f}, {one.high:+.3f}]{'' if unit.share else ' ' + unit.name}"
        say(f"{bounds} {one.metric} ({one.slice}): {one.before:.3f} → {one.after:.3f}, n={one.n}, p {one.p:.2g}, {sure}")
    say(f"{len(moved)} of {len(found)} measures changed, in {len(changes)} cases. Positive is better.")
    for case, values in changes.items():
        say(f"{case}: {'; '.join(f'{metric} {old} → {new}' for metric, old, new in values)}")


def mutation(one: "Tried") -> None:
    """Print what the gate said of one mutation."""
    verdict = "caught" if one.caught else one.decision
    words = one.error or "; ".join(one.broken[:3]) or "no rule broken"
    say(f"{one.mutation.kind:9} {one.mutation.name:28} {verdict:20} {one.seconds:5.1f} s  {words}")


def adequacy(found: "Adequacy") -> None:
    """Print how many mutations the gate caught and blocked."""
    if found.weakenings:
        rate = found.rate()
        say(f"caught {sum(one.caught for one in found.weakenings)} of {rate.n} weakenings: {rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]")
    say(f"missed: {', '.join(found.missed) or 'none'}")
    say(f"harmless changes blocked: {len(found.blocked)} of {len(found.benign)}{': ' + ', '.join(found.blocked) if found.blocked else ''}")
    say(f"{found.seconds:.0f} s; the unchanged release itself: {found.baseline.decision}")


def external(found: "External") -> None:
    """Print what somebody else's benchmark came to."""
    say(f"{found.documents} documents, {found.passages} passages, {found.questions} questions")
    for name, one in {**found.measures, **found.abstention}.items():
        bounds = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
        say(f"{name:28} {one.value:.3f}{bounds} (n={one.n})")


def measures(results: "Results") -> None:
    """Print what was measured over all cases, one measure a line."""
    from evals.report import report

    for one in results.measures():
        if one.slice == "all":
            say(f"{one.metric:20} {report.cell(one)}{' ↓' if one.better == 'lower' else ''}")


def say(words: Any) -> None:
    """Print one line, at once."""
    print(words, flush=True)
