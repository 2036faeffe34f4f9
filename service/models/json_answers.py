"""The JSON object in what a model wrote: after its thoughts, within its code fence, between its words."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

MOST_STARTS = 200  # opening braces looked at: an answer has few, and text that is all braces must not take long
# A model's thoughts end with one of these. Chat templates often write the opening tag themselves, so that only the closing one is in the answer.
_THOUGHTS_END = re.compile(
    r"</\s*(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)\s*>|<\|end_of_thought\|>|\[/THINK\]|◁/think▷|<\|message\|>", re.I
)
_THOUGHTS_BEGIN = re.compile(r"^\s*(?:<\s*(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)\s*>|\[THINK\]|◁think▷)", re.I)
_FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n?\s*(?=\{)")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    value: dict[str, Any]
    fenced: bool
    depth: int


def json_in(text: str, shape: type[BaseModel] | None = None) -> str:
    """Return the first JSON object of a text that is valid in `shape`, without what stands round it.

    Where none is valid, the one that most looks like the shape is returned, so that what is said about it helps; a text without an object is
    returned as it is.
    """
    found = _ranked(text)
    if valid := _valid(text, found, shape):
        return valid
    known = _names(shape)
    like = next((one for one in found if known & one.value.keys()), found[0] if found else None)
    if like:
        return text[like.start : like.end]
    text = _THOUGHTS_END.split(text)[-1].strip() if _THOUGHTS_BEGIN.match(text) else text.strip()
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def valid_in(thoughts: str, shape: type[BaseModel]) -> str | None:
    """Return the last object within a model's thoughts that is valid in `shape`: what it came to. None where there is none."""
    return _valid(thoughts, sorted(_objects(thoughts), key=lambda one: -one.start), shape)


def _valid(text: str, found: list[_Found], shape: type[BaseModel] | None) -> str | None:
    for one in found:
        part = text[one.start : one.end]
        if shape is None or _is_a(shape, part):
            return part
    return None


def _is_a(shape: type[BaseModel], text: str) -> bool:
    try:
        shape.model_validate_json(text)
    except ValidationError:
        return False
    return True


def _ranked(text: str) -> list[_Found]:
    """List the objects of a text, likeliest first: after the thoughts, in a fence, outermost, first. Thoughts that never end come last word first."""
    found = list(_objects(text))
    ends = [match.end() for match in _THOUGHTS_END.finditer(text) if not any(one.start < match.start() < one.end for one in found)]
    thought = max(ends, default=0)
    endless = not ends and _THOUGHTS_BEGIN.match(text) is not None
    return sorted(found, key=lambda one: (one.start < thought, not one.fenced, one.depth, -one.start if endless else one.start))


def _objects(text: str) -> Iterator[_Found]:
    """Find what can be read as an object from each opening brace on; those within another one too, for some models wrap their answer."""
    fenced = {match.end() for match in _FENCE.finditer(text)}
    ends: list[int] = []
    for number, match in enumerate(re.finditer(r"\{", text)):
        if number == MOST_STARTS:
            return
        try:
            value, end = _DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        ends = [one for one in ends if one > match.start()]
        yield _Found(match.start(), end, value, match.start() in fenced, len(ends))
        ends.append(end)


def _names(shape: type[BaseModel] | None) -> set[str]:
    fields = shape.model_fields.items() if shape else ()
    return {field.alias or name for name, field in fields}
