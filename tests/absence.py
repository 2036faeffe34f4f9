"""What a machine does not have that a test needs."""

import os
from typing import NoReturn

import pytest


def cannot(why: str) -> NoReturn:
    """Skip a test aloud; in CI nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"this must run in CI: {why}")
    pytest.skip(why)
