"""The house keeps its own rules: who may import whom, who owns the names, what a release pins, what the README promises."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from service import prompting, release, settings
from service.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGES = ("service", "retrieval", "ingestion", "evals", "ops")
DOORS = {
    "openai": {
        "service/models/openai.py",
        "service/models/openai_errors.py",
        "service/models/responses.py",
        "service/models/transport.py",
        "ops/benches/provider.py",
    },
    "faiss": {"retrieval/index.py"},
    "sentence_transformers": {"retrieval/encoder.py"},
    "ragas": {"evals/scorers/ragas.py"},
}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Return the top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("vendor", DOORS)
def test_each_vendor_comes_in_by_its_own_door(vendor: str) -> None:
    found = {path.relative_to(ROOT).as_posix() for path in modules() if vendor in imported(path)}
    assert found <= DOORS[vendor], f"{vendor} is imported by {sorted(found - DOORS[vendor])}"


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_owns_our_package_names(package: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(package, []))
    assert owners <= {"proofdesk"}, f"{package} also comes from {sorted(owners - {'proofdesk'})}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is_for(path: Path) -> None:
    source = path.read_text("utf-8")
    if path.name != "__init__.py" or source.strip():
        assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)} has no docstring"


def test_everything_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    declared = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in listed}
    owners = importlib.metadata.packages_distributions()
    others = {name for path in modules() for name in imported(path)} - set(sys.stdlib_module_names) - set(PACKAGES)
    undeclared = {name for name in others if not {owner.lower().replace("_", "-") for owner in owners.get(name, [name])} & declared}
    assert undeclared == set()


def test_decisions_are_numbered_once_and_dated() -> None:
    pages = sorted((ROOT / "ops" / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == sorted(set(numbers))
    for page, number in zip(pages, numbers, strict=True):
        text = page.read_text("utf-8")
        assert text.startswith(f"# {number}. "), page.name
        assert re.search(r"\b\d{1,2} (?:November|December) 20\d\d\b", text), f"{page.name} has no date"


def test_no_module_is_named_after_a_pattern() -> None:
    assert not [path.name for path in modules() if re.search(r"util|helper|manager|processor", path.stem)]


@pytest.mark.parametrize("path", sorted((ROOT / "ops" / "releases").glob("*/release.toml")), ids=lambda path: path.parent.name)
def test_a_release_pins_the_prompts_that_are_there(path: Path) -> None:
    made = release.load(path)
    for pin in (made.extract_prompt, made.answer_prompt):
        folder = prompting.load(prompting.PROMPTS / pin.name / pin.version)
        assert pin.sha256 == folder.sha256, f"{pin.name} {pin.version} was edited after release {made.name} pinned it"


def test_the_readme_names_only_commands_that_exist() -> None:
    from typer.main import get_command

    from ops.cli.main import app

    listed = set(getattr(get_command(app), "commands"))  # noqa: B009 (a group has them; its type does not say so)
    named = set(re.findall(r"proofdesk ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named - listed == set()


def test_the_readme_lists_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| (`[A-Z].*?) \| (.*?) \| ", (ROOT / "README.md").read_text("utf-8"), re.M)
    listed = {}
    for names, default in rows:  # of several settings in one row, one default each, or one for all
        found, given = re.findall(r"`([A-Z_]+)`", names), default.split(", ")
        listed |= dict(zip(found, given if len(given) == len(found) else [default] * len(found), strict=True))
    assert set(listed) == {settings.variable(field) for field in Settings.model_fields}
    for field, info in Settings.model_fields.items():
        default = listed[settings.variable(field)]
        if isinstance(info.default, int | str) and info.default != "":
            assert default.strip("`").replace(" MiB", "") in {str(info.default), str(_mebibytes(info.default))}, field


def _mebibytes(default: int | str) -> int | str:
    return default >> 20 if isinstance(default, int) else default
