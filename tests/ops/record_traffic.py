"""Records the traffic that the monitors are tested with: run `python -m tests.ops.record_traffic`.

The sample inbox and the development mails of the suite go through the good release, and the sample inbox through each drill's bad one. What
the monitors know about each mail is kept, without a word of it. Times are kept as they were measured.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from evals import cases
from ingestion import build
from ops import breakages, drift, drill, releases, traffic
from ops.breakages import BAD, BREAKAGES
from ops.demonstration import HELP_CENTRE
from ops.traffic import Mail
from retrieval import index
from service import bootstrap, logs
from service.settings import Settings

RECORDED = Path(__file__).parent / "recorded_traffic.json"
MOST_FAULTY = 30
DEV_MAILS = 90


def main() -> None:
    """Record, and write the file."""
    logs.set_up("CRITICAL")
    settings = Settings()
    suite = cases.load().only(["dev"])
    ordinary = drill.inbox() + [suite.raw(case) for case in suite.mails[:: max(1, len(suite.mails) // DEV_MAILS)]]
    found = {}
    for name, fault in BREAKAGES.items():
        one = drill.Drill(settings, name, lambda words: None)
        index.make_current(one.settings.data_dir, build.build([HELP_CENTRE], one.settings.data_dir).snapshot_name)
        parts = replace(bootstrap.open_desks(one.settings).parts, stand_ins=breakages.STAND_INS, providers={})
        breakages.write_good(parts, fault.hosted)
        good = releases.load(one.settings, breakages.GOOD)
        if name == "provider-outage":
            desk = bootstrap.build(parts, good, good.retrieval.snapshot)
            found["ordinary"] = _kept(
                traffic.played(ordinary, desk),
                drift.unknown_words(bootstrap.shelf(one.settings.data_dir, good, good.retrieval.snapshot).snapshot.index),
            )
        releases.create(one.settings, parts.engine, BAD, fault.make(parts), "drill", "2026-11-23")
        bad = releases.load(one.settings, BAD)
        wave = list(fault.wave(cases.load())) if fault.wave else []
        raws = [raw for pair in zip(drill.inbox(), wave, strict=False) for raw in pair] if wave else drill.inbox()
        mails = traffic.played(raws[:MOST_FAULTY], bootstrap.build(parts, bad, bad.retrieval.snapshot))
        if wave:
            mails = [replace(mail, flagged=traffic.is_flagged(raw)) for mail, raw in zip(mails, raws, strict=False)]
        found[name] = _kept(mails, drift.unknown_words(bootstrap.shelf(one.settings.data_dir, bad, bad.retrieval.snapshot).snapshot.index))
        print(name, len(found[name]), file=sys.stderr, flush=True)
    RECORDED.write_text(json.dumps(found, indent=None, separators=(",", ":")) + "\n", "utf-8")


def _kept(mails: list[Mail], words: drift.Words) -> list[dict[str, object]]:
    return [
        {**asdict(replace(mail, question="")), "new_words": words(mail), "ms": {stage: round(ms, 1) for stage, ms in mail.ms.items()}}
        for mail in mails
    ]


if __name__ == "__main__":
    main()
