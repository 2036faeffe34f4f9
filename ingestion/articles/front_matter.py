"""Reads what an article says of itself before its text: front matter in YAML or TOML."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import yaml

from ingestion.articles.blocks import Unreadable

_YAML = re.compile(r"\A\s*^---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\s*^\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^(\w[\w -]*):[ \t]*(.*)$")
_LARGEST = 20_000  # characters
_DEEPEST = 20  # levels
_MOST_EVENTS = 2_000

# A block between two rules is front matter when one of these is in it. Else it is text, such as a letterhead with a phone number.
_KNOWN = {
    "aliases", "author", "authors", "categories", "category", "comments", "contributors", "cover", "created", "date", "description", "draft",
    "excerpt", "hide", "icon", "id", "image", "keywords", "lang", "language", "last_modified_at", "last_update", "last_updated", "lastmod",
    "layout", "locale", "modified", "nav_order", "order", "parent", "permalink", "position", "pagination_next", "pagination_prev", "published",
    "redirect_from", "replaces", "sidebar_label", "sidebar_position", "slug", "status", "subtitle", "summary", "supersedes", "tags", "template",
    "title", "toc", "type", "uid", "updated", "updated_at", "url", "version", "visibility", "weight",
}  # fmt: skip
_UPDATED = ("updated", "last_updated", "updated_at", "last_modified_at", "lastmod", "modified", "last_update.date", "date")
_UNPUBLISHED = {
    "draft": {"true", "yes", "on", "1"},
    "published": {"false", "no", "off", "0"},
    "status": {"draft", "private", "internal", "archived", "unpublished"},
    "visibility": {"private", "internal", "hidden"},
}


@dataclass(frozen=True)
class Front:
    """What stands before an article, as texts by their lower-case keys, and the article that is left."""

    body: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def updated(self) -> str | None:
        """Return the date of the last change as it is written, None without one."""
        return next((self.fields[key] for key in _UPDATED if self.fields.get(key)), None)

    @property
    def replaces(self) -> str | None:
        """Return the article that this one takes the place of, None where it says nothing of it."""
        return self.fields.get("replaces") or self.fields.get("supersedes") or None


def split(text: str) -> Front:
    """Take the front matter off a text. What stands between two rules without being front matter stays, as a paragraph.

    Raises Unreadable for an article that its front matter holds back, such as a draft.
    """
    if found := _TOML.match(text[:_LARGEST]):
        fields = _toml(found[1])
    elif found := _YAML.match(text[:_LARGEST]):
        fields = _yaml(found[1])
    else:
        return Front(text)
    if not fields.keys() & _KNOWN:
        return Front(f"{found[1]}\n\n{text[found.end() :]}" if found[1].strip() else text)
    for key, values in _UNPUBLISHED.items():
        if fields.get(key, "").strip().casefold() in values:
            raise Unreadable(f"it is not published (its front matter says {key}: {fields[key].strip()})")
    return Front(text[found.end() :], fields)


def _toml(text: str) -> dict[str, str]:
    try:
        return dict(_flat(tomllib.loads(text).items()))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _flat(items: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    for key, value in items:
        if isinstance(value, bool):
            yield key.lower(), str(value).lower()
        elif not isinstance(value, dict | list):
            yield key.lower(), str(value)


def _yaml(text: str) -> dict[str, str]:
    """Return the plain values of a YAML mapping, read from its events: aliases are never followed, so that none can multiply.

    Where it is no YAML (an unquoted colon in a title is the usual case), the lines that look like `key: value` count, if all do.
    """
    try:
        return dict(_plain_values(islice(yaml.parse(text, Loader=yaml.SafeLoader), _MOST_EVENTS)))
    except (yaml.YAMLError, ValueError, RecursionError):
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "\t", "#", "-"))]
        matches = [_LINE.match(line) for line in lines]
        return {found[1].strip().lower(): found[2].strip().strip("\"'") for found in matches if found} if all(matches) else {}


def _plain_values(events: Iterator[yaml.Event]) -> Iterator[tuple[str, str]]:
    """Give the scalars of the outermost mapping, and of a mapping in it under `outer.inner`."""
    path: list[str | None] = []  # the key awaiting its value at each level; None where a key comes next, "-" within a list
    for event in events:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(path) > _DEEPEST:
                raise ValueError("nested too deeply")
            path.append(None if isinstance(event, yaml.MappingStartEvent) else "-")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            path.pop()
            _take(path)
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent) and path:
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if path[-1] is None:
                path[-1] = value.lower()
                continue
            if "-" not in path and len(path) <= 2:
                yield ".".join(map(str, path)), str(value)
            _take(path)


def _take(path: list[str | None]) -> None:
    """Note that a value has ended: in a mapping a key comes next."""
    if path and path[-1] != "-":
        path[-1] = None
