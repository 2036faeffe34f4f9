"""How far a long job is: a bar on a terminal, a line for each quarter where there is none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG, QUARTERS = 200, 4  # from so many steps a job is told of where nobody sees a bar, so often
LEFT = 130  # exit code of what was left by Ctrl-C
Tell = Callable[[int, int], None]


@contextmanager
def bar(title: str) -> Iterator[Tell]:
    """Show how far a long job is, with the time it still takes; what is given takes (done, of)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    if not sys.stderr.isatty():
        yield _by_lines(title)
        return
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


def _by_lines(title: str) -> Tell:
    """Return what says in a log how far a long job is: a line for each quarter of it."""

    def tell(done: int, of: int) -> None:
        if of >= LONG and done * QUARTERS // of > (done - 1) * QUARTERS // of:
            print(f"{title}: {done} of {of}", file=sys.stderr, flush=True)

    return tell


@contextmanager
def leaving(words: str) -> Iterator[None]:
    """Let a long job be left by Ctrl-C: one line on standard error, and the exit code that shells expect."""
    try:
        yield
    except KeyboardInterrupt as exc:
        print(f"proofdesk: left before the end: {words}", file=sys.stderr)
        raise SystemExit(LEFT) from exc


def learning() -> Tell:
    """Return what says that the local model learns from a prompt folder: a line that counts on a terminal, one that says it once elsewhere."""
    said: list[int] = []

    def tell(done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(
                f"\rproofdesk: learning from an edited prompt folder, {done} of {of} texts",
                end="\n" if done >= of else "",
                file=sys.stderr,
                flush=True,
            )
        elif not said:
            said.append(done)
            print(f"proofdesk: learning from an edited prompt folder ({of} texts), once", file=sys.stderr, flush=True)

    return tell
