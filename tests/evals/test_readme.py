"""Whoever follows evals/README.md to the letter has a case, a metric, a rule and a mutation that work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evals import cases

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```\w+ (?P<file>\S+)(?: after=(?P<after>\S+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FOLLOW = """
from evals import cases, gate
from evals.mutations import weakenings
from evals.scorers import metrics
print(cases.load().by_id["my-first-1"].expected.customer_name)
print(metrics.BY_NAME["summary_plain"].says)
print([rule.slice for rule in gate.load() if rule.metric == "summary_plain"])
print([one.says for one in weakenings.WEAKENINGS if one.name == "two_passages"])
"""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the suite and do to the copy what the page says."""
    place = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "evals", place / "evals", ignore=shutil.ignore_patterns("__pycache__"))
    for block in BLOCK.finditer((ROOT / "evals" / "README.md").read_text("utf-8")):
        path = place / block["file"]
        if block["after"]:
            lines = path.read_text("utf-8").splitlines(keepends=True)
            at = next(number for number, line in enumerate(lines) if line.startswith(block["after"]))
            path.write_text("".join([*lines[: at + 1], block["text"], *lines[at + 1 :]]), "utf-8")
        else:
            before = path.read_text("utf-8").rstrip() + "\n\n\n" if path.is_file() else ""
            path.write_text(before + block["text"], "utf-8")
    return place


def _python(place: Path, arguments: list[str], data_dir: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(place), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": paths, "PROOFDESK_DATA_DIR": str(data_dir), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_adds_what_it_says_it_adds(followed: Path, tmp_path: Path) -> None:
    said = _python(followed, ["-c", FOLLOW], tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == ["Ruth Okafor", "the summary shouts at nobody", "['family=mail & company=own']", "['Find two passages only']"]


def test_prints_the_new_case_with_the_new_metric(followed: Path, tmp_path: Path, kept: Path) -> None:
    for name in ("encoders", "fitted"):
        (tmp_path / name).symlink_to(kept / name)
    said = _python(followed, ["-m", "ops.cli.main", "eval", "run", "--local", "--case", "my-first-1"], tmp_path)
    assert said.returncode == 0, said.stderr
    assert "── my-first-1 (golden, dev, own, written while following evals/README.md)" in said.stdout
    assert "machine 4 in the basement" in said.stdout
    assert re.search(r"^summary_plain +1 ", said.stdout, re.MULTILINE)


def test_names_only_what_is_there() -> None:
    text = (ROOT / "evals" / "README.md").read_text("utf-8")
    for name in ("golden/foreign/", "scorers/metrics.py", "gate.toml", "mutations/benign.py", "golden/questions.yaml"):
        assert name in text
        assert (ROOT / "evals" / name).exists()
    assert cases.SCHEMA in text
