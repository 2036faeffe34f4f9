"""Ids that sort by the moment they were given (UUID version 7, RFC 9562)."""

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime

RandomBits = Callable[[int], int]


def new(at: datetime, random: RandomBits = secrets.randbits) -> str:
    """Return an id for something that happened at an aware moment; ids of different milliseconds sort by time."""
    return _layout(at, random(12), random(62))


def earliest(at: datetime) -> str:
    """Return the id that no id of this or a later millisecond is smaller than: a bound for ranges of time."""
    return _layout(at, 0, 0)


def _layout(at: datetime, first: int, second: int) -> str:
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | first << 64 | 0b10 << 62 | second))


def following(id: str) -> str:
    """Return the id right after another one."""
    return str(uuid.UUID(int=uuid.UUID(id).int + 1))
