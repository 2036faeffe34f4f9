import ast
import getpass
from pathlib import Path

import pytest

from ops.cli import shared

COMMANDS = sorted(Path(shared.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_no_command_reads_the_settings_or_sets_up_the_log_by_itself(path: Path) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)}
    assert path.stem == "shared" or not {"Settings", "logs.set_up", "getpass.getuser"} & calls


def test_a_command_reads_settings_given_to_it_over_those_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFDESK_PORT", "9001")
    assert (shared.read_settings(port=None).port, shared.read_settings(port=9002).port) == (9001, 9002)


@pytest.mark.parametrize(("given", "said"), [("ana", "ana"), ("", getpass.getuser())])
def test_who_decides_is_who_was_named_else_the_user(given: str, said: str) -> None:
    assert shared.who_decides(given) == said


def test_a_complaint_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    shared.complain("two\nlines,  and spaces")
    assert capsys.readouterr() == ("", "proofdesk: two lines, and spaces\n")


@pytest.mark.parametrize(("modules", "missing"), [(["json", "no_such_thing"], "no_such_thing"), (["not_this", "nor_that"], "not_this and nor_that")])
def test_what_an_extra_would_install_is_named_with_the_extra(modules: list[str], missing: str) -> None:
    shared.needs("evals", "json", "csv")
    with pytest.raises(shared.MissingExtra, match=rf"{missing} not installed.*proofdesk\[evals\]"):
        shared.needs("evals", *modules)
