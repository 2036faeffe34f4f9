"""The ten lines that a run or a comparison ends with: what was decided, what moved beyond chance, and the worst cases."""

from collections.abc import Sequence
from pathlib import Path

from evals import compare, run
from evals.compare import Difference
from evals.gate import SURE, Verdict
from evals.report import report
from evals.report.report import Failed
from evals.results import ALL, Results
from evals.run import Ran
from evals.scorers import metrics
from service.trace import Span

WORST = 3  # cases shown
NAMED = 6  # metrics, and ids of cases, named in one line
FEWEST_SURE = 6  # cases under which an interval of the bootstrap says nothing
LONGEST = 100  # characters of one part of a case


def of_run(ran: Ran, verdict: Verdict, before: Results | None, page: Path) -> list[str]:
    """Return the ten lines of a run."""
    results = ran.results
    lines = [_decided(verdict, results), f"Stopped by: {_stopped(verdict)}"]
    lines += _moved(before, results) if before else ["Better beyond chance: nothing to compare with", "Worse beyond chance: nothing to compare with"]
    lines += [_apart(before, results) if before else "Changed: nothing to compare with", _first(results)]
    lines += [in_a_line(one) for one in report.failures(ran)[:WORST]]
    return [*lines, f"The whole of it: {page}"]


def of_comparison(before: Results, after: Results) -> list[str]:
    """Return the lines of two runs compared."""
    changes = compare.by_case(before, after)
    worse = sorted(((_lost(moved), case) for case, moved in changes.items()), reverse=True)
    lines = [f"{before.header.run} → {after.header.run}: {len(changes)} of {len(after.slices)} cases changed"]
    lines += [*_moved(before, after), _apart(before, after), f"Before: {_first(before)}", f"After: {_first(after)}"]
    for count, case in worse[:WORST]:
        if count:
            lines.append(f"{case}: {'; '.join(f'{metric} {old} → {new}' for metric, old, new in changes[case])[: 3 * LONGEST]}")
    return lines


def in_a_line(one: Failed) -> str:
    """Return a case in one line: what was sent, what was expected, what came."""
    given = one.given.partition("\n\n")[2] or one.given
    parts = (f"{one.case.id} ({one.case.company}): {_short(given)}", f"expected {_short(one.expected)}", f"got {_short(one.got)}")
    return " | ".join(parts)


def whole(ran: Ran, before: Results | None) -> list[str]:
    """Return every case of a run whole: given, expected, got, and each metric with its reason, beside the stored run's value."""
    lines: list[str] = []
    for case, seen in zip(ran.suite.cases, ran.observed, strict=True):
        one = report.told(case, seen)
        place = f"{case.kind}, {case.split}, {case.company}, {case.source}"
        lines += [f"── {case.id} ({place})", one.given, "── expected", one.expected, "── got", one.got, "── scores"]
        for name, given in ran.results.by_metric.items():
            if score := given.get(case.id):
                value = f"not scored: {score.error}" if score.error else score.value if isinstance(score.value, str) else f"{score.value:g}"
                lines.append(f"{name:18} {value}{_beside(before, name, case.id)}{'  ' + score.reason if score.reason else ''}")
        lines += ["── path", *(_stage(span) for span in seen.spans)]
    return lines


def _stage(span: Span) -> str:
    calls = [f"{one.provider}/{one.model}{f' {one.error}: {one.detail}' if one.error else ''}" for one in span.attempts]
    return f"{span.stage:18} {span.ms:.0f} ms{'  ' + '; '.join(calls) if calls else ''}{f'  ended in {span.error}' if span.error else ''}"


def _beside(before: Results | None, metric: str, case: str) -> str:
    earlier = before.by_metric.get(metric, {}).get(case) if before else None
    if before is None or earlier is None or earlier.value is None or (metrics.unit(metric).name == "ms"):
        return ""
    return f" (release {before.header.release}: {earlier.value if isinstance(earlier.value, str) else f'{earlier.value:g}'})"


def _decided(verdict: Verdict, results: Results) -> str:
    counts = [sum(one.decision == name for one in verdict.rulings) for name in ("pass", "fail", "not enough evidence")]
    cases = [f"{len(results.members[f'company={name}'])} {name}" for name in ("own", "foreign") if f"company={name}" in results.members]
    where = "part of the suite, which decides nothing" if verdict.part and verdict.decision != "fail" else verdict.decision.upper()
    rules = f"{counts[0]} rules hold, {counts[1]} broken, {counts[2]} undecided"
    return f"{where}: release {results.header.release}; {rules}; {', '.join(cases) or len(results.slices)} cases in {results.header.seconds:.0f} s"


def _stopped(verdict: Verdict) -> str:
    broken = [one for one in verdict.broken if one.decision == "fail"] or ([] if verdict.part else list(verdict.broken))
    if broken:
        return f"{broken[0].decision}, {report.explain(broken[0])}"
    return f"not enough evidence, {verdict.unplayed}" if verdict.unplayed and not verdict.part else "nothing"


def _moved(before: Results, after: Results) -> list[str]:
    """Say which shares became better and worse beyond chance; times and costs are never among them."""
    slices = [name for name in ("company=own", "company=foreign") if name in after.members] or [ALL]
    names = [one.name for one in metrics.DECLARED if one.group and one.better != "neither" and one.unit.share]
    found = [one for name in names for of in slices if (one := compare.difference(before, after, name, of))]
    better = sorted((one for one in found if one.low > 0 and one.n >= FEWEST_SURE), key=lambda one: -one.effect)
    worse = sorted((one for one in found if one.effect < 0 and one.p < SURE), key=lambda one: one.effect)
    return [f"Better beyond chance: {_listed(better)}", f"Worse beyond chance: {_listed(worse)}"]


def _listed(found: Sequence[Difference]) -> str:
    named = [f"{one.metric} {one.before:.3f} → {one.after:.3f} ({one.slice.removeprefix('company=')})" for one in found[:NAMED]]
    return ", ".join([*named, *([f"{len(found) - NAMED} more"] if len(found) > NAMED else [])]) or "nothing"


def _apart(before: Results, after: Results) -> str:
    differs = run.changed(after.header.made_of, before.header.made_of)
    apart = compare.apart(before, after)
    parts = [f"{len(ids)} {name}{' (' + ', '.join(ids[:NAMED]) + ')' if ids and name != 'new' else ''}" for name, ids in vars(apart).items()]
    return f"Changed since {before.header.release}: {', '.join(differs) or 'nothing'}; cases not compared: {', '.join(parts)}"


def _first(results: Results) -> str:
    """Say the few numbers that are looked at first, for own and foreign companies."""
    slices = [name for name in ("company=own", "company=foreign") if name in results.members] or [ALL]
    parts = []
    for one in metrics.DECLARED:
        if one.first:
            found = [results.measure(one.name, of) for of in slices]
            parts.append(f"{one.first} {' / '.join(f'{each.estimate.value:.2f}' if each else '–' for each in found)}")
    return f"{' / '.join(name.removeprefix('company=') for name in slices)}: {', '.join(parts)}"


def _lost(moved: Sequence[tuple[str, str, str]]) -> int:
    """Count the metrics by which a case became worse."""
    count = 0
    for metric, old, new in moved:
        declared = metrics.declared(metric)
        try:
            gain = float(new) - float(old)
        except ValueError:
            continue
        count += declared is not None and declared.better != "neither" and (gain < 0) == (declared.better == "higher")
    return count


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
