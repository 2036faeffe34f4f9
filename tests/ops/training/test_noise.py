"""The mails that the reader of noise learns from are many, of both kinds and many trades, and of none that the evals are built on."""

import json
from collections import Counter

import numpy as np

from ingestion.mail import message
from ops.training import noise
from tests.evals.test_centre_questions import trade_never_taught

ROWS = [json.loads(line) for path in sorted(noise.MAILS.glob("*.jsonl")) for line in path.read_text("utf-8").split("\n") if line]


def test_there_are_as_many_requests_as_noise_of_every_kind_and_in_other_languages() -> None:
    kinds = Counter(row["kind"] for row in ROWS)
    assert len(ROWS) >= 2500
    assert kinds["request"] >= 1250
    assert min(kinds[name] for name in ("spam", "newsletter", "auto_reply", "bounce", "machine_notice")) >= 200
    assert sum(row["language"] != "en" for row in ROWS) >= 500
    assert all((row["kind"] == "request") != row["noise"] for row in ROWS)


def test_every_mail_is_one() -> None:
    assert all(message.parse(row["mail"].encode()).sender.address for row in ROWS if row["kind"] != "bounce")


def test_none_is_of_a_trade_that_the_evals_are_built_on() -> None:
    assert [row["trade"] for row in ROWS if trade_never_taught(row.get("trade", ""))] == []


def test_a_file_left_out_is_told_by_what_the_others_teach() -> None:
    rng = np.random.default_rng(0)

    def rows(source: str, count: int) -> noise.Rows:
        is_noise = np.arange(count) % 2 == 0
        signs = np.where(is_noise, 1.0, 0.0)[:, None] + 0.1 * rng.standard_normal((count, 3))
        vectors = rng.standard_normal((count, 4)).astype(np.float32)
        impressions = rng.standard_normal((count, 2)).astype(np.float32)
        terms = tuple([["offer", "sale"] if one else ["parcel", "late"]][0] for one in is_noise)
        return noise.Rows(source, signs.astype(np.float32), vectors, impressions, terms, is_noise, ("request",) * count, ("en",) * count)

    left_out = rows("left out", 40)
    told = noise._scores(noise.teach([rows("one", 80), rows("two", 80)], rows("worked", 40)), left_out)
    assert np.mean((told > 0) == left_out.noise) > 0.9
    bounds = noise._bounds([left_out], told)
    assert np.mean(told[~left_out.noise] > bounds["likely"]) <= noise.LIKELY + 0.05
    assert bounds["sure"] >= bounds["likely"]
