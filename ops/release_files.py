"""Releases as files: made from the one in use, compared line by line, checked, and moved."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from ops.watch import rollback_notes
from service import prompting, release
from service.prompting import PromptFolder
from service.release import PinnedPrompt, Release
from service.releases import certificate, moves
from service.releases.moves import RolledBack
from service.settings import Settings
from service.storage import incidents
from service.storage.audit import Who

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
SECOND_OPINION = "verify_answer"
BY_HAND = "quality-regression"  # runbook of a rollback that a person decided on


class BadChange(Exception):
    """A release cannot be made or moved as asked. The message names what is wrong."""


@dataclass(frozen=True)
class Changed:
    """One thing that differs between two releases: where, and what it was and is, as lines."""

    where: str
    lines: tuple[str, ...]


def load(settings: Settings, name: str) -> Release:
    """Read a release by its name. Raises BadChange for one that is not there, ReleaseError for a file that is wrong."""
    if not NAME.match(name) or not (settings.releases_dir / name / "release.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in settings.releases_dir.glob("*/release.toml"))) or "none"
        raise BadChange(f"there is no release {name!r}; there are: {known}")
    return release.load(settings.releases_dir / name / "release.toml")


def create(settings: Settings, engine: Engine, name: str, changes: Mapping[str, str], why: str, today: str, base: str | None = None) -> Path:
    """Write a new release: the one in use (or `base`) with changes, everything it pins pinned by content. Returns the file.

    A change is a dotted place and a TOML value, such as `retrieval.passages` and `4`, or `prompts.extract_ticket` and `v2`. Raises BadChange.
    """
    if not NAME.match(name):
        raise BadChange(f"{name!r} is no name for a release: letters, digits, dot, dash and underscore")
    folder = settings.releases_dir / name
    if folder.exists():
        raise BadChange(f"release {name} exists already: a released version is never edited, so give the new one another name")
    chosen = load(settings, base or moves.active(engine))
    content = chosen.model_dump(mode="json") | {"name": name, "created": today, "why": why}
    for place, value in changes.items():
        _set(content, place, value)
    try:
        made = Release.model_validate(content)
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        raise BadChange(f"release {name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from exc
    made = pin(settings, made)
    folder.mkdir(parents=True)
    (folder / "release.toml").write_text(as_toml(made.model_dump(mode="json", exclude_none=True)), "utf-8")
    return folder / "release.toml"


def pin(settings: Settings, chosen: Release) -> Release:
    """Pin what a release uses now by content: prompts by sha256, the snapshot by name. Raises PromptError, ReleaseError, SnapshotError."""
    snapshot = certificate.usable(chosen, settings).snapshot
    pins = {field: _pinned(settings, getattr(chosen, field)) for field in chosen.prompts}
    return chosen.model_copy(update={**pins, "retrieval": chosen.retrieval.model_copy(update={"snapshot": snapshot})})


def _pinned(settings: Settings, one: PinnedPrompt) -> PinnedPrompt:
    return one.model_copy(update={"sha256": certificate.pinned(one, settings.prompts_dir).sha256})


def _set(content: dict[str, Any], place: str, value: str) -> None:
    """Change one place of a release's content; a prompt is changed by its name, and then pinned anew. `routes.verify` is the whole route, as provider/model."""
    if place.startswith("prompts."):
        wanted = place.removeprefix("prompts.")
        held = {content[field]["name"]: field for field in ("extract_prompt", "answer_prompt", "verify_prompt") if content[field]}
        field = held.get(wanted) or ("verify_prompt" if wanted == SECOND_OPINION else None)
        if field is None:
            raise BadChange(f"the release has no prompt {wanted!r}; it has {' and '.join(held)}")
        content[field] = {"name": wanted, "version": value, "sha256": ""}
        return
    if place == "routes.verify":
        provider, _, model = value.partition("/")
        content["routes"] = [*(pin for pin in content["routes"] if pin["task"] != "verify"), {"task": "verify", "provider": provider, "model": model}]
        return
    *path, last = place.split(".")
    inner: Any = content
    for part in path:
        inner = inner[int(part)] if isinstance(inner, list) and part.isdigit() and int(part) < len(inner) else _inner(inner, part, place)
    if not isinstance(inner, dict) or (last not in inner and path[-1:] != ["latency_ms"]):
        raise BadChange(f"there is no {place!r} in a release")
    inner[last] = _value(value)


def _inner(content: Any, part: str, place: str) -> Any:
    if not isinstance(content, dict) or part not in content:
        raise BadChange(f"there is no {place!r} in a release")
    return content[part]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def as_toml(content: Mapping[str, Any], path: str = "") -> str:
    """Write a document of numbers, texts, lists and tables as TOML."""
    plain = {key: value for key, value in content.items() if not isinstance(value, Mapping) and not _is_tables(value)}
    lines = [f"{_key(key)} = {_literal(value)}" for key, value in plain.items()]
    for key, value in content.items():
        inner = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            lines += ["", f"[{inner}]", as_toml(value, inner).rstrip()]
        elif _is_tables(value):
            for one in value:
                lines += ["", f"[[{inner}]]", as_toml(one, inner).rstrip()]
    return "\n".join(lines).rstrip() + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(one) for one in value) + "]"
    return repr(value)


def diff(settings: Settings, old: Release, new: Release) -> list[Changed]:
    """List what differs between two releases, down to the lines, worked examples and numbers of their prompts."""
    before, after = (dict(_flat(one.model_dump(mode="json", exclude={"name", "created", "why"}))) for one in (old, new))
    found = []
    for place in dict.fromkeys([*before, *after]):
        if before.get(place) != after.get(place) and not place.endswith("sha256"):
            found.append(Changed(place, (f"- {before.get(place, '(not there)')}", f"+ {after.get(place, '(not there)')}")))
    for field in old.prompts.keys() & new.prompts.keys():
        folders = [prompting.load(settings.prompts_dir / one.prompts[field].name / one.prompts[field].version) for one in (old, new)]
        if folders[0].sha256 != folders[1].sha256:
            found += _prompts(*folders)
    return found


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _flat(one, f"{path}.{number}")
    else:
        yield path, value


def _prompts(old: PromptFolder, new: PromptFolder) -> Iterator[Changed]:
    texts = {
        "prompt.md": (old.instructions, new.instructions),
        "template.md": (old.template, new.template),
        "rubric.yaml": tuple("\n".join(f"{place}: {value}" for place, value in _flat(one.rubric)) for one in (old, new)),
    }
    for file, (before, after) in texts.items():
        lines = [
            line
            for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
            if not line.startswith(("---", "+++", "@@"))
        ]
        if lines:
            yield Changed(f"{new.name} {old.version} → {new.version}: {file}", tuple(lines))
    for table in sorted({*old.tables, *new.tables}):
        gone, come = ([json.dumps(row, ensure_ascii=False, sort_keys=True) for row in one.tables.get(table, ())] for one in (old, new))
        rows = [f"- {row}" for row in gone if row not in set(come)] + [f"+ {row}" for row in come if row not in set(gone)]
        if rows or gone != come:
            yield Changed(f"{new.name} {old.version} → {new.version}: {table}.jsonl", tuple(rows) or ("(the same rows in another order)",))


def roll_back(settings: Settings, engine: Engine, who: str, why: str, now: datetime, by: Who | None = None) -> tuple[RolledBack, Path]:
    """Undo what was put in production last, open an incident for it, and write its note. Raises NoWayBack."""
    rolled = moves.roll_back(engine, who, why, now, by=by)
    title = f"release {rolled.left} was rolled back by {who}"
    incident, _ = incidents.open_or_add(engine, "rollback", "medium", rolled.left, title, now, BY_HAND, {"why": why})
    return rolled, rollback_notes.write(engine, settings.data_dir, incident, rolled, who, why, now, None, BY_HAND)
