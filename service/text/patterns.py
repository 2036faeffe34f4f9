"""Patterns that are compiled when they are first looked for: most commands read no mail, and compiling what mail needs takes longer than a question."""

import re
from functools import cached_property
from typing import Any, cast


class _Waiting:
    """Stands for a pattern until one of its methods is asked for; from then on it has that method itself, so a search costs nothing more."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._text, self._flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copying and pickling look for
            raise AttributeError(name)
        found = getattr(self._compiled, name)
        setattr(self, name, found)
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern as `re.compile` would. A mistake in it is raised at its first use: a test compiles every one."""
    return cast("re.Pattern[str]", _Waiting(text, flags))
