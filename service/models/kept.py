"""Replies that were paid for, kept before they are used: what a mail taken up again asks a second time is read instead."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pydantic import BaseModel

from service.models import Call, Unusable
from service.trace import Attempt

BOOKED = "paid in an earlier try"


@dataclass(frozen=True)
class Kept:
    """A reply: its text, or the Unusable that it was, and the attempt that brought it. `booked` tells that its cost is on record already."""

    attempt: Attempt
    text: str | None
    booked: bool = False

    def error(self) -> Unusable:
        """Return the error that this reply was."""
        return next((one for one in Unusable.__subclasses__() if one.__name__ == self.attempt.error), Unusable)(self.attempt.detail or "")


class Keeps(Protocol):
    """Keeps the replies of one mail or question."""

    def find(self, prompt: str) -> Kept | None:
        """Return what was replied before to a prompt of that hash."""
        ...

    def keep(self, prompt: str, kept: Kept) -> None:
        """Keep a reply; where that fails, it is told, and the reply is used all the same."""
        ...


def prompt_hash(call: Call, *asked_of: object) -> str:
    """Return the hash of all that decides what is asked and of whom. The marks round the material are new each time, and are left out."""
    folder = call.prompt.folder
    asked = (call.task, folder.name, folder.version, folder.sha256, call.shape.__name__, call.complaints, call.rejected, call.prompt.material)
    return hashlib.sha256(json.dumps(_plain((asked, asked_of)), sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON that is the same in every process: without measured numbers, and with sets in order."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(json.dumps(_plain(one), sort_keys=True) for one in value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, date):  # and so every moment
        return value.isoformat()
    return value if isinstance(value, (str, int, bool)) or value is None else None
