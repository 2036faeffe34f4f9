"""The monitors on recorded traffic: quiet on ordinary mail, loud on every seeded fault."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.drills.breakages import BREAKAGES
from ops.watch import monitors
from ops.watch.traffic import Mail
from service.release import Monitors
from service.releases.certificate import Baseline

RECORDED: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "recorded_traffic.json").read_text("utf-8"))
WORDS = {f"{name}-{number}": row["new_words"] for name, rows in RECORDED.items() for number, row in enumerate(rows)}
RULES = Monitors()
BASELINE_MAILS = 30
STREAM = 70


def mails(name: str) -> list[Mail]:
    return [
        Mail(
            **{key: value for key, value in row.items() if key not in ("new_words", "id", "articles")},
            id=f"{name}-{number}",
            articles=tuple(row["articles"]),
        )
        for number, row in enumerate(RECORDED[name])
    ]


def words(mail: Mail) -> float | None:
    return WORDS[mail.id]


def split(seed: int) -> tuple[Baseline, list[Mail]]:
    """A baseline as large as a certificate's from the sample inbox, and a stream of ordinary mail drawn from the recording."""
    every, chance = mails("ordinary"), random.Random(seed)
    return monitors.learn(chance.sample(every, BASELINE_MAILS), "test", words), chance.choices(every, k=STREAM)


def beyond(window: list[Mail], baseline: Baseline) -> set[str]:
    return {one.monitor for one in monitors.take(window, RULES, baseline, words) if one.beyond}


@pytest.mark.parametrize("seed", range(50))
def test_no_window_of_ordinary_mail_trips_anything(seed: int) -> None:
    baseline, live = split(seed)
    for size in (RULES.window, 30, 20, 12):
        assert beyond(live[-size:], baseline) == set()


def trips_within(fault: list[Mail], most: int, expected: frozenset[str]) -> int | None:
    """Let faulty mail come in; return after how many of it one of the monitors expected tripped."""
    baseline, _ = split(1)
    counts = range(1, min(most, len(fault)) + 1)
    return next((count for count in counts if beyond(fault[:count], baseline) & expected), None)


FROM_MAIL = [name for name in BREAKAGES if name != "stale-index"]  # that one is caught by its probes, with or without mail


@pytest.mark.parametrize("name", FROM_MAIL)
def test_every_recorded_fault_trips_its_monitor_within_thirty_mails(name: str) -> None:
    assert trips_within((mails(name) * 30)[:30], 30, BREAKAGES[name].caught_by) is not None


Change = Callable[[Mail], Mail]
SEEDED: dict[str, tuple[str, Change]] = {
    "schema_failures": ("half", lambda mail: replace(mail, broken=True)),
    "repairs": ("all", lambda mail: replace(mail, repaired=True)),
    "fallback": ("half", lambda mail: replace(mail, degraded=True)),
    "unsupported": ("all", lambda mail: replace(mail, unsupported=True)),
    "abstentions": ("all", lambda mail: replace(mail, ended="handedOver", reason="nothing_found")),
    "hand_overs": ("all", lambda mail: replace(mail, ended="handedOver", reason="policy")),
    "discards": ("all", lambda mail: replace(mail, ended="discarded", reason="no request")),
    "failures": ("half", lambda mail: replace(mail, ended="failed")),
    "unnamed": ("all", lambda mail: replace(mail, named=False)),
    "injections": ("half", lambda mail: replace(mail, flagged=True)),
    "urgency_mix": ("all", lambda mail: replace(mail, urgency="high")),
    "edits": ("all", lambda mail: replace(mail, review="edit")),
    "rejections": ("all", lambda mail: replace(mail, review="reject")),
    "cost_per_email": ("all", lambda mail: replace(mail, usd=0.5)),
    "below_floor": ("all", lambda mail: replace(mail, confidence=0.1, floor=0.5)),
    "new_words": ("all", lambda mail: replace(mail, id="unknown")),
    "latency_path": ("all", lambda mail: replace(mail, ms={**mail.ms, "path": 60_000.0})),
    "latency_retrieve": ("all", lambda mail: replace(mail, ms={**mail.ms, "retrieve": 9_000.0})),
}


@pytest.mark.parametrize("monitor", SEEDED)
def test_every_monitor_trips_within_thirty_mails_of_its_fault(monitor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDS, "unknown", 0.9)
    share, change = SEEDED[monitor]
    _, live = split(1)
    faulty = [change(mail) if share == "all" or number % 2 == 0 else mail for number, mail in enumerate(live)]
    assert trips_within(faulty, 30, frozenset({monitor})) is not None


@pytest.mark.parametrize("monitor", ["confidence_shift", "margin_shift"])
def test_a_shift_of_the_searches_trips(monitor: str) -> None:
    baseline, live = split(1)
    moved = [replace(mail, confidence=(mail.confidence or 0.0) + 0.4, margin=(mail.margin or 0.0) + 0.4) for mail in live]
    assert monitor in beyond(moved[-60:], baseline)


def test_one_odd_mail_trips_nothing() -> None:
    baseline, live = split(1)
    odd = replace(live[0], broken=True, repaired=True, degraded=True, ended="failed", flagged=True, usd=9.0, ms={"path": 1e6})
    assert beyond([*live[1:40], odd], baseline) == set()


def test_a_few_mails_are_no_sample() -> None:
    baseline, live = split(1)
    assert beyond([replace(mail, ended="failed", degraded=True) for mail in live[:8]], baseline) == set()


def test_without_a_baseline_only_the_limits_of_the_release_judge() -> None:
    _, live = split(1)
    found = beyond([replace(mail, degraded=True, ended="handedOver", urgency="high") for mail in live[:30]], Baseline())
    assert "fallback" in found
    assert not found & {"urgency_mix", "hand_overs"}


def test_a_cost_that_nobody_knows_is_not_counted_as_nothing() -> None:
    readings = monitors.take([replace(mail, usd=None) for mail in split(1)[1]], RULES, Baseline())
    cost = next(one for one in readings if one.monitor == "cost_per_email")
    assert (cost.value, cost.sample) == (None, 0)


def test_a_link_that_strikes_more_than_it_did_trips_its_own_series() -> None:
    before = [Mail("a", "answered", sentences=4, struck={}) for _ in range(30)]
    now = [Mail("b", "answered", sentences=4, struck={"agreement": 2}) for _ in range(20)]
    found = {one.monitor: one for one in monitors.take(now, RULES, monitors.learn(before, "test"))}

    assert (found["struck_agreement"].value, found["struck_agreement"].sample, found["struck_agreement"].beyond) == (0.5, 80, True)
    assert (found["struck_policy"].value, found["struck_policy"].beyond) == (0.0, False)
    assert monitors.runbook("struck_agreement") == "quality-regression"
