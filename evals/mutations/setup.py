"""Sets up the lab in which a release's desk is weakened."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from evals import bench as benches
from evals.bench import FOLDER, HELP_CENTRE, Bench
from evals.cases import Suite
from evals.mutations import lab
from evals.mutations.lab import Lab
from ingestion import build
from retrieval.encoder import Encoder
from retrieval.remembering import Remembering
from service import bootstrap
from service.arrays import Kept
from service.bootstrap import Shelf
from service.local.training import Fitting

READ_ONCE = 20_000  # texts whose tokens are remembered, 600 MB at most: those of all help centres, read once for all mutations together
REMEMBERED = 200_000  # texts: more than a suite holds, so that each is embedded once for all mutations together


def workbench(bench: Bench, suite: Suite) -> Lab:
    """Return the lab of a bench's desk. All its changed desks share one encoder, which remembers what it has seen."""
    data_dir = bench.parts.settings.data_dir
    shelf, planted = bench.desk.index, bench.planted.index
    assert isinstance(shelf, Shelf)
    assert isinstance(planted, Shelf)
    encoder = Remembering(shelf.snapshot.encoder, REMEMBERED, most_tokens=READ_ONCE)

    def help_centre(folders: Sequence[str]) -> Shelf:
        """Build the snapshot of some folders of the planted help centre."""
        with tempfile.TemporaryDirectory(prefix="part-") as scratch:
            place = Path(scratch) / "help_centre"
            place.mkdir()
            for name in folders:
                if name == FOLDER:
                    benches.write_planted(suite, place / FOLDER)
                else:
                    shutil.copytree(HELP_CENTRE / name, place / name)
            built = build.build([place], data_dir).snapshot_name
        return _sharing(bootstrap.shelf(data_dir, bench.desk.release, built), encoder)

    made = Lab(
        desk=replace(bench.desk, index=_sharing(shelf, encoder)),
        planted=_sharing(planted, encoder),
        parts=bench.parts,
        encoder=encoder,
        kept=(kept := Kept(data_dir / "fitted")),
        fitting=Fitting(kept, encoder),
        attacks={case.id: case for case in suite.attacks},
        clock=time.perf_counter,
        help_centres=help_centre,
        foreign={name: _sharing(one.index, encoder) for name, one in bench.foreign.items() if isinstance(one.index, Shelf)},
        answers=bootstrap.answers(bench.desk.release),
    )
    return lab.with_model(lab.with_prompt(made), made.model)


def _sharing(shelf: Shelf, encoder: Remembering) -> Shelf:
    return replace(shelf, snapshot=replace(shelf.snapshot, encoder=cast(Encoder, encoder)))
