"""Fits what the shipped prompts teach and puts it into the checkout, so that no first start has to: `make heads`."""

import shutil
import sys
import tempfile
from pathlib import Path

from ops.cli.progress import bar
from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import bootstrap, release
from service.arrays import SHIPPED, Kept, ship
from service.local.training import Fitting, remembered
from service.releases import certificate
from service.settings import Settings

KEPT = 100_000  # vectors that are remembered meanwhile: more than the tables of all prompts hold


def main() -> None:
    """Fit the heads of every prompt that a shipped release pins, and replace the shipped ones by them."""
    settings = Settings()
    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"), KEPT)
    chosen = [release.load(path) for path in sorted(settings.releases_dir.glob("*/release.toml"))]
    pairs = {(one.extract_prompt.version, one.answer_prompt.version): one for one in chosen}
    with tempfile.TemporaryDirectory() as scratch, bar("Fitting") as tell:
        kept = Kept(Path(scratch), shipped=Path(scratch))
        vectors = settings.data_dir / "fitted" / f"{remembered(encoder.name)}.npz"
        if vectors.is_file():  # of texts embedded before, by their hash: fitting anew takes seconds then, not minutes
            shutil.copy(vectors, scratch)
        fitting = Fitting(kept, encoder, tell)
        renderer = bootstrap.renderer(encoder, kept)
        for one in pairs.values():
            extract, answer = (certificate.pinned(pin, settings.prompts_dir) for pin in (one.extract_prompt, one.answer_prompt))
            fitting.reader(extract)
            fitting.quoter(answer)
            for prompt in (extract, answer):
                renderer.prepare(prompt)
        vectors.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(scratch) / vectors.name, vectors)
        ship(path for path in sorted(Path(scratch).glob("*.npz")) if path.stem != remembered(encoder.name))
    for path in sorted(SHIPPED.glob("*.npz")):
        print(f"{path.name} {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
