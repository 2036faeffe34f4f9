"""`proofdesk check`: the chain for anybody's text, one JSON row a line."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from retrieval import encoder as encoders
from retrieval.remembering import Remembering
from service import checking
from service.checking import CheckRequest
from service.release import Checks, Policy
from service.settings import Settings
from service.stages.check import coverage
from service.stages.check.chain import Checker


class BadRow(Exception):
    """A row cannot be checked. The message names its line and what is wrong with it."""


def run(settings: Settings, files: Iterable[str]) -> Iterator[str]:
    """Give one JSON line for each row of some files, `-` for standard input. Raises BadRow, EncoderError, ReaderError."""
    checker = open_checker(settings)
    for name in files:
        for number, line in enumerate(_lines(name), 1):
            if line.strip():
                asked = _row(name, number, line)
                yield checking.run(asked, checker, Checks(), Policy()).model_dump_json(by_alias=True)


def open_checker(settings: Settings) -> Checker:
    """Return the checker of rows. Raises EncoderError, ReaderError."""
    encoder = Remembering(encoders.obtain(settings.data_dir / "encoders"))
    return Checker(encoder, coverage.Learned(coverage.load(), encoder))


def _lines(name: str) -> Iterator[str]:
    if name == "-":
        yield from (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        return
    with Path(name).open(encoding="utf-8", errors="replace") as stream:
        yield from stream


def _row(name: str, number: int, line: str) -> CheckRequest:
    where = f"{'standard input' if name == '-' else name}, line {number}"
    try:
        return CheckRequest.model_validate(json.loads(line.encode("utf-8", "replace")))
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False)[0]
        raise BadRow(f"{where}: {'.'.join(map(str, fault['loc'])) or 'the row'}: {fault['msg']}") from exc
    except (ValueError, RecursionError) as exc:
        raise BadRow(f"{where}: not JSON: {exc}") from exc
