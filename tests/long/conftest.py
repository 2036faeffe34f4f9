"""What the long tests share: the command as a user runs it, in a process and a data directory of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")

Proofdesk = Callable[..., str]


@pytest.fixture(scope="session")
def proofdesk() -> Proofdesk:
    """Give a function that runs `proofdesk` in a data directory, without any provider, and returns what it printed. Fails with its words."""

    def ran(data_dir: Path, *arguments: object, cores: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in KEYS} | {"PROOFDESK_DATA_DIR": str(data_dir)}
        environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | ({"OMP_NUM_THREADS": str(cores)} if cores else {})
        command = [sys.executable, "-m", "ops.cli.main", *map(str, arguments)]
        done = subprocess.run(command, cwd=data_dir, env=environment, capture_output=True, text=True, timeout=3600)
        assert done.returncode == 0, (
            f"proofdesk {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
        return done.stdout

    return ran
