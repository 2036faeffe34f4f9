"""A process of its own that only follows which release is in use, and what it says about it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from service import bootstrap, logs
from service.settings import Settings

LOOK_S = 0.1


class Follower:
    """Another process, and what it has said about the release that it uses."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.seen: list[tuple[datetime, str]] = []

    def read(self) -> None:
        """Keep what the process says, until it ends."""
        for line in self._process.stdout or ():
            said = json.loads(line)
            self.seen.append((datetime.fromisoformat(said["at"]), said["release"]))

    def wait(self, name: str, seconds: float) -> float | None:
        """Return after how many seconds the process used a release, None where it does not within the time."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.seen and self.seen[-1][1] == name:
                return time.monotonic() - began
            time.sleep(0.02)
        return None


@contextmanager
def follow(settings: Settings) -> Iterator[Follower]:
    """Run another process on the same data directory for a while."""
    places = {name.upper(): str(getattr(settings, name)) for name in ("data_dir", "releases_dir", "prompts_dir", "prices_dir")}
    environment = os.environ | {f"PROOFDESK_{name}": value for name, value in places.items()}
    command = [sys.executable, "-m", "ops.drills.follower"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        follower = Follower(process)
        reader = threading.Thread(target=follower.read, daemon=True)
        reader.start()
        try:
            yield follower
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(10)
            reader.join()


def main() -> None:
    """Follow, and print a line whenever another release is in use, until standard input is closed."""
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
