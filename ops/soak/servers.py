"""`proofdesk serve` as a process that is started, killed and started again, each life under a key of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

STARTS_WITHIN_S = 180.0
ENDS_WITHIN_S = 90.0  # longer than an email may take
OF_OTHERS = ("PROOFDESK_", "OPENAI_", "ANTHROPIC_", "GEMINI_")  # variables of whoever starts this
ROOT = Path(__file__).resolve().parents[2]


class DidNotStart(Exception):
    """A server did not answer in time, or ended by itself. The message has the last of what it said."""


@dataclass
class Server:
    """One server at one port. `life` counts its processes; a provider sees each of them under `name`."""

    number: int
    port: int
    folder: Path
    environment: dict[str, str]
    life: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The server and its life, such as `server-1-life-3`."""
        return f"server-{self.number}-life-{self.life}"

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What all of its lives said."""
        return self.folder / f"server-{self.number}.log"

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Begin another life."""
        self.life += 1
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OF_OTHERS)}
        environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **self.environment}
        if "OPENAI_BASE_URL" in self.environment:
            environment["OPENAI_API_KEY"] = self.name
        command = [sys.executable, "-m", "ops.cli.main", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> float:
        """End it without a word, as a power cut would; return the moment at which it was surely dead, in seconds since the epoch."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return time.time()

    def stop(self) -> int | None:
        """Ask it to end and wait; return its exit code, None where it had to be killed."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def wait(self) -> None:
        """Wait until it is ready. Raises DidNotStart."""
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            if not self.is_alive:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        said = self.log.read_bytes()[-2000:].decode("utf-8", "replace") if self.log.exists() else ""
        raise DidNotStart(f"{self.name} was not ready within {STARTS_WITHIN_S:.0f} s: {said}")
