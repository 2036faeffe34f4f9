"""The structured log: one JSON object a line, of ids, numbers and names, never of email text or keys."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

LOGGER = logging.getLogger("proofdesk")
Fact = str | int | float | bool | None


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line; of an exception only its class and where it was raised, since messages quote what they choke on."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "where": places(record.exc_info[2])}
        return json.dumps(line)  # escapes all but ASCII: a name in a fact must not end the line, or steer a terminal


def set_up(level: str, stream: TextIO = sys.stderr) -> None:
    """Write the log to a stream from now on, uvicorn's too. Raises ValueError for a level that does not exist."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines())
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = [handler]
        logging.getLogger(name).propagate = False
    logging.getLogger("uvicorn.access").disabled = True  # it would write queries, which are text of customers


def tell(event: str, **facts: Fact) -> None:
    """Log that something happened."""
    LOGGER.info(event, extra={"facts": facts})


def warn(event: str, **facts: Fact) -> None:
    """Log that something is not as it should be."""
    LOGGER.warning(event, extra={"facts": facts})


def failed(event: str, error: BaseException, **facts: Fact) -> None:
    """Log an error that was not expected: its class and where it was raised."""
    LOGGER.error(event, extra={"facts": facts}, exc_info=(type(error), error, error.__traceback__))


def places(trace: TracebackType | None, most: int = 6) -> list[str]:
    """Return the innermost places of a traceback as file:line function."""
    frames = traceback.extract_tb(trace)[-most:]
    return [f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
