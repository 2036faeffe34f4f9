"""The demo: the sample help centre indexed, the sample inbox answered, and what that took."""

import time
from pathlib import Path

from rich.console import Console

import ingestion
import service
from ops.cli import ingest, printing, progress, submit
from ops.cli.shared import complain
from retrieval import index
from service import bootstrap
from service.bootstrap import Desks
from service.settings import Settings

HELP_CENTRE = Path(ingestion.__file__).parent / "help_centre"
INBOX = Path(service.__file__).parent / "sample_inbox"


class OtherHelpCentre(Exception):
    """The data directory is in use for another help centre than the sample."""


def run(settings: Settings) -> Desks:
    """Index, run, print; return the desks, ready to serve. Raises OtherHelpCentre."""
    console, began = Console(), time.perf_counter()
    console.print("Indexing the sample help centre …")
    _index(settings)
    desks = bootstrap.open_desks(settings, progress.learning())
    console.print("Preparing the desk …")
    desks.choose()
    views = []
    for one in submit.run(settings, desks, [str(INBOX)]):
        if isinstance(one, submit.Refused):
            if one.asked_for:
                complain(f"{one.name}: {one.why}")
            continue
        if one.failed:
            complain(f"{one.name}: could not be handled: {one.failed}")
        views.append(one.view)
        console.print(printing.ticket(one.view, one.discarded))
    console.print(printing.totals(views))
    console.print(f"{time.perf_counter() - began:.1f} s from start to last ticket")
    return desks


def _index(settings: Settings) -> None:
    in_use = index.current(settings.data_dir)
    if in_use is not None:
        manifest, _, articles = index.open_index(settings.data_dir / "snapshots" / in_use)
        if not any((HELP_CENTRE / entry.path).is_file() for entry in articles):
            raise OtherHelpCentre(
                f"{settings.data_dir} holds another help centre (snapshot {manifest.name}): set PROOFDESK_DATA_DIR to an empty folder for the demo"
            )
    built = ingest.make(settings, [HELP_CENTRE])
    index.make_current(settings.data_dir, built.snapshot_name)
