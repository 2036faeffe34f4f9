"""Servers that are killed under load lose nothing, double nothing and pay for nothing twice; `make soak` is the long run of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.long.conftest import ROOT


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_servers_lose_double_and_repay_nothing(tmp_path: Path, database: str) -> None:
    command = [sys.executable, "-m", "ops.soak.run", "--mails", "30", "--kills", "4", "--database", database, "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads((tmp_path / f"{database}.json").read_text("utf-8"))
    assert (report["accepted"], report["kills"], report["faults"]) == (30, 4, {})
