"""Writes what a run came to: JSON for programs, Markdown for a pull request, one HTML page for people."""

from dataclasses import dataclass
from typing import Any

from evals import results as measured
from evals import run
from evals.cases import AttackCase, Case, MailCase, QuestionCase
from evals.gate import Ruling, Verdict
from evals.observation import Observed
from evals.results import Measure, Results
from evals.run import Ran
from evals.scorers import metrics
from evals.scores import Judged, Score

MOST_APART = 12  # cases named that were not compared
SPLIT_ORDER = ("dev", "validation", "locked")


@dataclass(frozen=True)
class Failed:
    """A case that did not come out right: what was sent, what was expected, what came, and which metrics say so."""

    case: Case
    seen: Observed
    given: str
    expected: str
    got: str
    why: tuple[tuple[str, str], ...]


def as_data(verdict: Verdict) -> dict[str, Any]:
    """Return the gate's verdict as plain data."""
    return {
        "decision": verdict.decision,
        "against": verdict.against,
        "part": verdict.part,
        "unplayed": verdict.unplayed or None,
        "notCompared": {name: list(ids) for name, ids in vars(verdict.apart).items()},
        "rules": [
            {
                "metric": one.rule.metric,
                "slice": one.rule.slice,
                "decision": one.decision,
                "says": one.says,
                "cases": list(one.cases),
                "why": one.rule.why,
            }
            for one in verdict.rulings
        ],
    }


def headlines(results: Results, of: str = measured.ALL) -> list[tuple[str, list[Measure]]]:
    """Return the metrics worth a look first, in their groups."""
    titles = dict.fromkeys(one.group for one in metrics.DECLARED if one.group)
    groups = [(title, [results.measure(one.name, of) for one in metrics.DECLARED if one.group == title]) for title in titles]
    return [(title, [one for one in listed if one is not None]) for title, listed in groups]


def columns(results: Results) -> list[tuple[str, str]]:
    """Return the columns of a table of measures, each with its slice: all, own and foreign companies where there are both, and the splits."""
    companies = [(name, f"company={name}") for name in ("own", "foreign") if f"company={name}" in results.members]
    splits = [(name, f"split={name}") for name in SPLIT_ORDER if name in results.header.splits]
    return [("all", measured.ALL), *(companies if len(companies) > 1 else []), *splits]


def sentence(verdict: Verdict, results: Results, before: Results | None) -> str:
    """Say in plain words what the gate decided, why, and what was changed since the release it was compared with."""
    count, cases = len(verdict.rulings), len(results.slices)
    if verdict.decision == "pass":
        said = f"The gate passes: all {count} rules hold on {cases} cases"
        if verdict.against:
            said += f", and nothing is worse than in release {verdict.against} by more than its margin"
        elif any(one.rule.margin is not None for one in verdict.rulings):
            said += "; margins were held against no release, as was asked for"
        return f"{said}.{_not_compared(verdict)}"
    if not verdict.rulings:
        return f"The gate cannot decide: no rule was held against these {cases} cases."
    if verdict.part and verdict.decision != "fail":
        held = sum(one.decision == "pass" for one in verdict.rulings)
        return f"This is a part of the suite ({cases} cases), which decides nothing: {held} of {count} rules hold on it, none is broken."
    said = " ".join([*_broken(verdict), *([f"The gate cannot decide: {verdict.unplayed}."] if verdict.unplayed else [])])
    if before and (differs := run.changed(results.header.made_of, before.header.made_of)):
        said += f" Changed since release {before.header.release}: {', '.join(differs)}."
    return said + _not_compared(verdict)


def _broken(verdict: Verdict) -> list[str]:
    """Say how many rules a run that did not pass fails or leaves undecided, and the first of them; nothing where it is by none of them."""
    broken, count = [one for one in verdict.broken if one.decision == verdict.decision], len(verdict.rulings)
    names = ", ".join(dict.fromkeys(one.rule.metric for one in broken))
    if not broken:
        return []
    if verdict.decision == "fail":
        said = f"The gate FAILS: this version is not good enough to be released. {len(broken)} of {count} rules are broken ({names})."
    else:
        said = f"The gate cannot decide: for {len(broken)} of {count} rules ({names}) there is not enough evidence."
    return [said, f"First: {explain(broken[0])}"]


def _not_compared(verdict: Verdict) -> str:
    listed = (*verdict.apart.edited, *verdict.apart.missing)
    more = f" and {len(listed) - MOST_APART} more" if len(listed) > MOST_APART else ""
    return f" Not compared, for they were edited or are missing: {', '.join(listed[:MOST_APART])}{more}." if listed else ""


def explain(ruling: Ruling) -> str:
    """Say one rule's outcome in words."""
    declared = metrics.declared(ruling.rule.metric)
    on = "" if ruling.rule.slice == measured.ALL else f", {ruling.rule.slice}"
    says = declared.says if declared else ruling.rule.metric
    cases = f" See {', '.join(ruling.cases)}." if ruling.cases else ""
    return f"{ruling.rule.metric} ({says}{on}): {ruling.says}.{cases}"


def markdown(ran: Ran, verdict: Verdict, before: Results | None) -> str:
    """Return the report as Markdown: the verdict, the broken rules, every headline metric by split."""
    results = ran.results
    splits = [name for name in SPLIT_ORDER if name in results.header.splits]
    lines = [f"# Eval report: release {results.header.release}", "", sentence(verdict, results, before), ""]
    lines += [f"- {note}" for note in (*results.header.notes, *judged(results))]
    lines += [f"Replayed: {results.extra['replay']['told']}.", ""] if results.extra.get("replay") else []
    lines += [
        f"{len(results.slices)} cases ({', '.join(splits)}), {results.header.seconds:.0f} s, run `{results.header.run}`, code `{results.header.code}`.",
        "",
    ]
    if verdict.broken:
        lines += ["## Rules not passed", "", *(f"- **{one.decision}** {explain(one)}" for one in verdict.broken), ""]
    for title, listed in headlines(results):
        heads = columns(results)
        lines += [
            f"## {title}",
            "",
            f"| metric | {' | '.join(name for name, _ in heads)} | smallest drop it can show |",
            "|---" * (len(heads) + 2) + "|",
        ]
        for one in listed:
            cells = [cell(results.measure(one.metric, of)) for _, of in heads]
            drop = f"{one.drop:.1%}" if one.drop is not None else ""
            lines.append(f"| {one.metric}{' ↓' if one.better == 'lower' else ''} | {' | '.join(cells)} | {drop} |")
        lines.append("")
    lines += ["↓ less is better. Intervals are 95 %: Wilson for shares, bootstrap for the rest. The smallest drop is at power .8, one-sided 5 %.", ""]
    return "\n".join(lines)


def judged(results: Results) -> list[str]:
    """Say what a judge said of the run, and how far it was found to agree with people; nothing where none was asked."""
    judge = results.extra.get("judge")
    if not judge:
        return []
    found = [results.measure(one.name) for one in metrics.DECLARED if isinstance(one, Judged)]
    told = ", ".join(f"{one.metric} {cell(one)}" for one in found if one) or "nothing was scored"
    head, *rest = str(judge["calibration"]["says"]).splitlines()
    return [f"Judged by {judge['model']}: {told}.", f"How far it can be trusted: {' '.join([head, '; '.join(one.strip() for one in rest)]).strip()}."]


def cell(measure: Measure | None) -> str:
    """Write a measure as a table cell: value, interval, number of cases."""
    if measure is None:
        return "not scored"
    one = measure.estimate
    digits = metrics.unit(measure.metric).digits
    bounds = "" if one.low is None or one.high is None else f" [{one.low:.{digits}f}, {one.high:.{digits}f}]"
    left_out = f", {measure.unscored} unscored" if measure.unscored else ""
    return f"{one.value:.{digits}f}{bounds} (n={one.n}{left_out})"


def failures(ran: Ran) -> list[Failed]:
    """Return the cases that any metric speaks against, those with most against them first. Locked cases are counted, not shown."""
    found = []
    for case, seen in zip(ran.suite.cases, ran.observed, strict=True):
        against = [] if case.split == "locked" else _against(ran.results, case)
        if against:
            found.append(told(case, seen, tuple(against)))
    return sorted(found, key=lambda one: -len(one.why))


def told(case: Case, seen: Observed, why: tuple[tuple[str, str], ...] = ()) -> Failed:
    """Put a case into words: what was sent, what was expected, what came."""
    return Failed(case, seen, _given(case, seen), _expected(case), _got(seen), why)


def _against(results: Results, case: Case) -> list[tuple[str, str]]:
    given = [scores[case.id] for scores in results.by_metric.values() if case.id in scores]
    return [(one.metric, f"the scorer failed: {one.error}" if one.error else one.reason) for one in given if speaks_against(one)]


def speaks_against(score: Score) -> bool:
    """Tell whether a score says that its case did not come out right; a judge that gives no verdict says nothing."""
    metric = metrics.declared(score.metric)
    if metric is None or not metric.unit.judges or metric.better == "neither":
        return False
    if score.error:
        return not isinstance(metric, Judged)
    return isinstance(score.value, float) and (score.value < 1 if metric.better == "higher" else score.value > 0)


def _given(case: Case, seen: Observed) -> str:
    if isinstance(case, QuestionCase):
        return case.question
    if seen.screened:
        message = seen.screened.message
        return f"From: {message.sender.name or ''} <{message.sender.address or ''}>\nDate: {message.date or 'none'}\nSubject: {message.subject}\n\n{message.text}"
    if isinstance(case, AttackCase):
        return f"From: {case.mail.sender}\nSubject: {case.mail.subject}\n\n{case.mail.text or case.mail.html or ''}"
    return case.mail


def _expected(case: Case) -> str:
    if isinstance(case, QuestionCase):
        return f"{'facts: ' + '; '.join(case.facts) if case.answerable else 'hand over: the help centre does not say'}\narticles: {', '.join(case.articles) or 'none'}"
    want = case.expected
    rule = f"\nrule: {case.rule}" if isinstance(case, MailCase) else f"\naim: {case.aim}"
    return f"name: {want.customer_name}\nurgency: {want.urgency}\nsummary: {want.issue_summary}{rule}"


def _got(seen: Observed) -> str:
    ticket = f"name: {seen.ticket.customer_name}\nurgency: {seen.ticket.urgency}\nsummary: {seen.ticket.issue_summary}\n" if seen.screened else ""
    cited = f"\ncites: {', '.join(dict.fromkeys(one.article for one in seen.answer.citations))}" if seen.answer else ""
    return f"{ticket}{seen.ended} {seen.why}{': ' + seen.answer.text if seen.answer else ''}{cited}"
