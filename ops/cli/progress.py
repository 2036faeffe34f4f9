"""A progress bar on a terminal, and nothing where there is none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, int], None]


@contextmanager
def bar(title: str) -> Iterator[Tell]:
    """Show how far a long job is, with the time it still takes; what is given takes (done, of)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


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
