"""A test that cannot look is no test that passed."""

from pathlib import Path

import pytest

from tests.long.test_no_connection import Watched


@pytest.mark.parametrize(("ci", "ends"), [("", pytest.skip.Exception), ("false", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_strace_connections_are_not_watched_by_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, ends: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ends, match="there is no strace"):
        Watched(tmp_path)
