"""A process of its own that only follows: it prints a line whenever another release is in use."""

import json
import sys
import threading
import time
from datetime import UTC, datetime

from service import bootstrap, logs
from service.settings import Settings

LOOK_S = 0.1


def main() -> None:
    """Follow until standard input is closed; one JSON object a line."""
    settings = Settings()
    logs.set_up("CRITICAL")
    desks = bootstrap.open_desks(settings)
    ended = threading.Event()
    threading.Thread(target=_wait, args=(ended,), daemon=True).start()
    seen = None
    while not ended.is_set():
        name = desks.choose().release.name
        if name != seen:
            seen = name
            print(json.dumps({"at": datetime.now(UTC).isoformat(), "release": name}), flush=True)
        time.sleep(LOOK_S)


def _wait(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
