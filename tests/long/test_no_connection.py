"""Nobody is called who was not named: demo, evals and a server that handles mail, with every connection and look-up on record."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.absence import cannot
from tests.long.conftest import KEYS, ROOT

SITE = """
import os, sys
WATCHED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "socket.sendto", "socket.sendmsg"}
PLACE = os.environ["CONNECTIONS"]
def note(event, arguments):
    if event in WATCHED:
        with open(PLACE, "a") as file:
            file.write(repr((event, [one for one in arguments if isinstance(one, (str, bytes, tuple, int))])) + "\\n")
sys.addaudithook(note)
"""
OWN = re.compile(r"127\.\d+\.\d+\.\d+|localhost|::1|'/[^']*'|b'/[^']*'|sun_path|AF_UNIX|AF_NETLINK|AF_UNSPEC")
RAW = b"From: Ana <ana@x.example>\nTo: help@y.example\nSubject: Refund\n\nHow long does a refund take?\n\nAna\n"


class Watched:
    """Runs the command in a home and a data directory of its own, and keeps what it connects to, in Python and below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = folder / "connections", folder / "calls"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SITE)
        (folder / "home").mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in KEYS and not name.upper().endswith("_PROXY")}
        kept.pop("ORT_DISABLE_TELEMETRY", None)  # the product must switch it off, not who starts the tests
        self.environment = kept | {
            "PYTHONPATH": f"{folder / 'site'}:{ROOT}", "CONNECTIONS": str(self.places[0]), "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home"),
            "PROOFDESK_DATA_DIR": str(folder / "data"),
        }  # fmt: skip
        strace = shutil.which("strace") or cannot(
            "there is no strace, and what native code connects to is seen by nothing else: apt-get install strace"
        )
        self.before = [strace, "-f", "-qq", "-o", str(self.places[1]), "-e", "trace=connect,sendto,sendmsg", "--"]

    def command(self, *arguments: str) -> list[str]:
        return [*self.before, sys.executable, "-m", "ops.cli.main", *arguments]

    def run(self, *arguments: str) -> None:
        done = subprocess.run(self.command(*arguments), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=3000)
        assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]  # a filtered suite decides nothing

    def outside(self) -> list[str]:
        """The connections and look-ups that lead away from this machine."""
        lines = [line for place in self.places if place.exists() for line in place.read_text("utf-8", "replace").splitlines()]
        return [line for line in lines if not OWN.search(line) and re.search(r"AF_INET|socket\.", line)]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_the_watch_sees_a_connection_and_a_look_up(watched: Watched) -> None:
    code = "import socket\nfor call in (lambda: socket.getaddrinfo('a.example.invalid', 80), lambda: socket.create_connection(('192.0.2.1', 9), .1)):\n  try: call()\n  except OSError: pass"
    subprocess.run([*watched.before, sys.executable, "-c", code], env=watched.environment, timeout=60)
    seen = "\n".join(watched.outside())
    assert "a.example.invalid" in seen
    assert "192.0.2.1" in seen
    assert "sin_addr" in seen


def test_demo_evals_and_a_server_call_nobody(watched: Watched) -> None:
    watched.run("demo", "--no-serve")
    watched.run("eval", "run", "--kind", "table", "--out", str(watched.folder / "report"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(watched.command("serve", "--port", str(port)), cwd=watched.folder, env=watched.environment, start_new_session=True)
    try:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/emails?wait=60", RAW, {"Content-Type": "message/rfc822"})
        for _ in range(120):
            try:
                with urllib.request.urlopen(request, timeout=90) as answer:
                    assert answer.status == 201
                break
            except OSError:
                time.sleep(1)
        else:
            pytest.fail("the server never answered")
        time.sleep(15)  # what reports to its makers does so some seconds after it was loaded
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(90)
    assert watched.outside() == []
    assert [path for path in (watched.folder / "home").rglob("*") if "onnxruntime" in str(path).lower()] == []
