"""The monitors: what each measures on a window of mails, and whether that is beyond its threshold for more reasons than noise."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ops.watch import significance
from ops.watch.traffic import Mail
from service.answers import LINKS
from service.release import Monitors, Threshold
from service.releases.certificate import Baseline, Share

NEWEST = 3  # mails without which a window must be beyond its threshold already: one odd mail trips nothing
LATENCY = "latency_"
STRUCK = "struck_"  # share of sentences that a link of the check struck
KEPT_VALUES = 400  # of a baseline's single values


@dataclass(frozen=True)
class Reading:
    """What one monitor found on one window: the value, its threshold and baseline, and the probability that it is noise (None: not tested)."""

    monitor: str
    value: float | None
    sample: int
    threshold: float | None = None
    baseline: float | None = None
    p: float | None = None
    beyond: bool = False


Seen = Callable[[Mail], bool | None]

SHARES: Mapping[str, Seen] = {
    "schema_failures": lambda mail: mail.broken or mail.reason == "invalid_ticket",
    "repairs": lambda mail: mail.repaired,
    "fallback": lambda mail: mail.degraded,
    "unsupported": lambda mail: mail.unsupported,
    "abstentions": lambda mail: None if mail.ended == "discarded" else mail.reason in ("nothing_found", "no_answer", "unsupported"),
    "hand_overs": lambda mail: None if mail.ended == "discarded" else mail.ended == "handedOver",
    "discards": lambda mail: mail.ended == "discarded",
    "failures": lambda mail: mail.ended == "failed",
    "unnamed": lambda mail: None if mail.ended == "discarded" else not mail.named,
    "injections": lambda mail: mail.flagged,
    "edits": lambda mail: None if mail.review is None else mail.review == "edit",
    "rejections": lambda mail: None if mail.review is None else mail.review == "reject",
    "below_floor": lambda mail: None if mail.confidence is None or mail.floor is None else mail.confidence < mail.floor,
}
SHIFTS: Mapping[str, Callable[[Mail], float | None]] = {
    "confidence_shift": lambda mail: mail.confidence,
    "margin_shift": lambda mail: mail.margin,
}
RUNBOOKS: Mapping[str, str] = {
    "schema_failures": "quality-regression", "repairs": "quality-regression", "unsupported": "quality-regression", "struck": "quality-regression",
    "abstentions": "quality-regression", "hand_overs": "quality-regression", "discards": "quality-regression", "failures": "quality-regression",
    "unnamed": "quality-regression", "urgency_mix": "quality-regression", "edits": "quality-regression", "rejections": "quality-regression",
    "fallback": "provider-outage", "cost_per_email": "cost-spike", "day_budget": "cost-spike", "burn": "cost-spike",
    "injections": "injection-wave", "below_floor": "drift", "confidence_shift": "drift", "margin_shift": "drift", "new_words": "drift",
    "probes": "index-corruption", "index_days": "drift",
}  # fmt: skip
FROM_OUTSIDE = frozenset({"injections", "day_budget", "burn"})  # no release causes these, but an unproven one is not the place to meet them


def runbook(monitor: str) -> str:
    """Return the name of the runbook for a monitor's trip."""
    return "latency" if monitor.startswith(LATENCY) else RUNBOOKS["struck" if monitor.startswith(STRUCK) else monitor]


def take(
    mails: Sequence[Mail],
    rules: Monitors,
    baseline: Baseline,
    new_words: Callable[[Mail], float | None] | None = None,
    all_mail: Sequence[Mail] | None = None,
) -> list[Reading]:
    """Return what every monitor that reads mails says about a window, oldest mail first.

    What comes from outside is read on `all_mail`, whichever release took it. Beyond means: beyond the threshold, unlikely to be noise, and so without
    the newest few mails as well.
    """
    outside = mails if all_mail is None else all_mail
    whole = {one.monitor: one for one in _take(mails, outside, rules, baseline, new_words)}
    earlier = {one.monitor: one for one in _take(mails[:-NEWEST], outside[:-NEWEST], rules, baseline, new_words)}
    return [replace(one, beyond=one.beyond and earlier[name].beyond) if name in earlier else one for name, one in whole.items()]


def _take(
    mails: Sequence[Mail], outside: Sequence[Mail], rules: Monitors, baseline: Baseline, new_words: Callable[[Mail], float | None] | None
) -> list[Reading]:
    found = [_share(name, outside if name in FROM_OUTSIDE else mails, rules, baseline.shares.get(name)) for name in SHARES]
    found += [_struck(link, mails, rules, baseline.shares.get(STRUCK + link)) for link in LINKS]
    found += [_shift(name, mails, rules, baseline.values.get(name, ())) for name in SHIFTS]
    found += [_latency(stage, mails, rules, baseline.values.get(LATENCY + stage, ())) for stage in rules.latency_ms]
    found.append(_mix(mails, rules, baseline.labels.get("urgency_mix", {})))
    found.append(_mean("cost_per_email", [mail.usd for mail in mails if mail.usd is not None], rules, baseline))
    if new_words is not None:
        found.append(_mean("new_words", _known(map(new_words, mails)), rules, baseline))
    return found


def learn(mails: Sequence[Mail], source: str, new_words: Callable[[Mail], float | None] | None = None) -> Baseline:
    """Return what the monitors measure on mail of which nothing is held against anybody."""
    shares = {name: _hits(name, mails) for name in SHARES} | {STRUCK + link: _sentences(link, mails) for link in LINKS}
    values = {name: _known(map(of, mails)) for name, of in SHIFTS.items()}
    values |= {LATENCY + stage: [mail.ms[stage] for mail in mails if stage in mail.ms] for stage in {name for mail in mails for name in mail.ms}}
    values["cost_per_email"] = _known(mail.usd for mail in mails)
    if new_words is not None:
        values["new_words"] = _known(map(new_words, mails))
    return Baseline(
        mails=len(mails),
        source=source,
        shares={name: Share(hits=hits, of=of) for name, (hits, of) in shares.items() if of},
        values={name: tuple(round(value, 6) for value in some[-KEPT_VALUES:]) for name, some in values.items() if some},
        labels={"urgency_mix": dict(Counter(mail.urgency for mail in mails))} if mails else {},
    )


def single(monitor: str, value: float, sample: int, rule: Threshold) -> Reading:
    """Judge a value that is no sample: money spent, days passed."""
    return Reading(monitor, value, sample, rule.limit, beyond=rule.limit is not None and sample >= rule.sample and value > rule.limit)


def rate(monitor: str, hits: int, of: int, rule: Threshold, alpha: float, before: Share | None) -> Reading:
    """Judge a share of hits."""
    base = before.hits / before.of if before and before.of else None
    threshold = _threshold(rule, base)
    value = hits / of if of else None
    p = significance.more(hits, of, (before.hits, before.of) if before else None, rule.limit)
    beyond = value is not None and threshold is not None and value > threshold and of >= rule.sample and p is not None and p < alpha
    return Reading(monitor, value, of, threshold, base, p, beyond)


def _share(name: str, mails: Sequence[Mail], rules: Monitors, before: Share | None) -> Reading:
    hits, of = _hits(name, mails)
    return rate(name, hits, of, getattr(rules, name), rules.alpha, before)


def _struck(link: str, mails: Sequence[Mail], rules: Monitors, before: Share | None) -> Reading:
    hits, of = _sentences(link, mails)
    return rate(STRUCK + link, hits, of, rules.struck, rules.alpha, before)


def _sentences(link: str, mails: Iterable[Mail]) -> tuple[int, int]:
    """Return how many sentences a link struck, of how many that were checked."""
    listed = list(mails)
    return sum(mail.struck.get(link, 0) for mail in listed), sum(mail.sentences for mail in listed)


def _hits(name: str, mails: Iterable[Mail]) -> tuple[int, int]:
    seen = [one for one in map(SHARES[name], mails) if one is not None]
    return sum(seen), len(seen)


def _shift(name: str, mails: Sequence[Mail], rules: Monitors, before: Sequence[float]) -> Reading:
    values, rule = _known(map(SHIFTS[name], mails)), getattr(rules, name)
    if len(values) < 2 or len(before) < 2:
        return Reading(name, None, len(values), rule.rise)
    index, p = significance.shifted(values, before)
    return Reading(name, index, len(values), rule.rise, 0.0, p, index > rule.rise and p < rules.alpha and len(values) >= rule.sample)


def _latency(stage: str, mails: Sequence[Mail], rules: Monitors, before: Sequence[float]) -> Reading:
    """Judge the 95th percentile: more than one in twenty over the budget by more than chance, and slower than the baseline where there is one."""
    values, budget = [mail.ms[stage] for mail in mails if stage in mail.ms], rules.latency_ms[stage]
    if not values:
        return Reading(LATENCY + stage, None, 0, budget)
    value = float(np.percentile(values, 95))
    tests = [significance.more(sum(one > budget for one in values), len(values), None, 0.05), significance.larger(values, before)]
    p = max(one for one in tests if one is not None)
    base = float(np.percentile(before, 95)) if before else None
    return Reading(LATENCY + stage, value, len(values), budget, base, p, value > budget and p < rules.alpha and len(values) >= rules.latency_sample)


def _mix(mails: Sequence[Mail], rules: Monitors, before: Mapping[str, int]) -> Reading:
    counts, rule = Counter(mail.urgency for mail in mails), rules.urgency_mix
    if not mails or not before:
        return Reading("urgency_mix", None, len(mails), rule.rise)
    value, p = significance.distance(counts, before)
    beyond = rule.rise is not None and value > rule.rise and p < rules.alpha and len(mails) >= rule.sample
    return Reading("urgency_mix", value, len(mails), rule.rise, 0.0, p, beyond)


def _mean(name: str, values: Sequence[float], rules: Monitors, baseline: Baseline) -> Reading:
    """Judge a mean by its threshold and a rank test; without a baseline, by how many of the values are above the limit themselves."""
    rule, before = getattr(rules, name), baseline.values.get(name, ())
    base = float(np.mean(before)) if before else None
    threshold = _threshold(rule, base)
    if not values or threshold is None:
        return Reading(name, float(np.mean(values)) if values else None, len(values), threshold, base)
    value = float(np.mean(values))
    p = significance.larger(values, before)
    if p is None:
        p = significance.more(sum(one > threshold for one in values), len(values), None, 0.5)
    beyond = value > threshold and p is not None and p < rules.alpha and len(values) >= rule.sample
    return Reading(name, value, len(values), threshold, base, p, beyond)


def _threshold(rule: Threshold, base: float | None) -> float | None:
    raised = base + rule.rise if base is not None and rule.rise is not None else None
    known = [one for one in (rule.limit, raised) if one is not None]
    return max(known) if known else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
