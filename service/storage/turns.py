"""One writer of a SQLite file after the other, in the order in which they came.

SQLite itself lets writers try again and again, with longer and longer pauses: whoever comes new is often first, and one that waits may wait for as
long as others go on coming. Within a process nobody has to: they queue here, and only another process is left to SQLite.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import TimeoutError as WaitedTooLong


class Turns:
    """A lock that those who wait for it get in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def take(self, seconds: float, before_all: bool = False) -> Iterator[None]:
        """Wait for the turn, `before_all` others where it is short and must not be late, and keep it until the block ends.

        Raises WaitedTooLong, an error of the database's, when it does not come within so many seconds.
        """
        self._wait(seconds, before_all)
        try:
            yield
        finally:
            self._pass_on()

    def _wait(self, seconds: float, before_all: bool) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            (self._waiting.appendleft if before_all else self._waiting.append)(mine)
        try:
            if mine.wait(seconds):
                return
        except BaseException:  # interrupted: nobody must be given a turn that he does not take
            self._leave(mine)
            raise
        self._leave(mine)
        raise WaitedTooLong(f"no turn to write within {seconds:.0f} s")

    def _leave(self, mine: threading.Event) -> None:
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self._pass_on()  # it came at the last moment

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


_OF_FILES: dict[str, Turns] = {}


def of(file: str) -> Turns:
    """Return the turns of a file, the same for all who open it in this process."""
    return _OF_FILES.setdefault(file, Turns())
