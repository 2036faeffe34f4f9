"""Pictures of the console's main pages, for the README and for looking at them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from service.releases.moves import FIRST_RELEASE

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
FOLDER = Path(__file__).parent / "screenshots"
START_S = 600.0
DESKTOP, PHONE = (1360, 860), (390, 844)
QUESTION = "I lost my phone, how do I log in with a recovery code?"

# What is done beside the sample inbox, so that no page is empty.
BESIDE = (
    ["release", "create", "next", "--set", "retrieval.passages=4", "--because", "Four passages may be enough, and cost less"],
    ["release", "canary", "next", "10%", "--force", "--because", "for the picture"],
    ["eval", "run", "--no-ragas"],
)
# name, path, width and height, colours; "ticket" is the newest answered one
PICTURES = (
    ("inbox", "/", DESKTOP, "light"),
    ("ticket", "ticket", DESKTOP, "light"),
    ("ticket-dark", "ticket", DESKTOP, "dark"),
    ("operations-dark", "/operations", DESKTOP, "dark"),
    ("ask", "/ask", DESKTOP, "light"),
    ("evals", "/evals", DESKTOP, "light"),
    ("releases", f"/releases?left={FIRST_RELEASE}&right=next", DESKTOP, "light"),
    ("inbox-phone", "/", PHONE, "light"),
)


@contextmanager
def service() -> Iterator[str]:
    """Serve the sample inbox from a fresh data directory, and give its address. Raises RuntimeError where it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        for name in ("encoders", "fitted"):  # named by their content, so they may be shared
            kept = Path("var", name).absolute()
            kept.mkdir(parents=True, exist_ok=True)
            (Path(data) / name).symlink_to(kept)
        shutil.copytree(Path(__file__).parent / "releases" / FIRST_RELEASE, Path(data) / "releases" / FIRST_RELEASE)
        environment = {**os.environ, "PROOFDESK_DATA_DIR": data, "PROOFDESK_RELEASES_DIR": str(Path(data) / "releases")}
        command = [sys.executable, "-m", "ops.cli.main"]
        started = subprocess.Popen([*command, "demo", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}", started)
            for more in BESIDE:
                subprocess.run([*command, *more], env=environment, stdout=subprocess.DEVNULL, check=True)
            yield f"http://127.0.0.1:{port}"
        finally:
            started.terminate()
            started.wait(60)


def _wait(url: str, started: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S  # the demonstration serves when its inbox is done
    while time.monotonic() < deadline and started.poll() is None:
        try:
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        time.sleep(0.5)
    raise RuntimeError("the service did not start")


def take(url: str, folder: Path, pictures: tuple[Any, ...] = PICTURES) -> list[Path]:
    """Take the pictures and return their files."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    ticket = "/tickets/" + httpx2.get(f"{url}/v1/tickets?outcome=answered").json()["tickets"][-1]["id"]
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, path, (width, height), colours in pictures:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=colours)
            page.goto(url + (ticket if path == "ticket" else path))
            if path == "/ask":
                page.fill("textarea", QUESTION)
                page.click("#ask button")
                page.wait_for_selector("#ask-took:not(:empty)")
            page.screenshot(path=folder / f"{name}.png")
            page.close()
            taken.append(folder / f"{name}.png")
        browser.close()
    return taken


def main() -> None:
    """Take all pictures and say where they are and how large."""
    with service() as url:
        for path in take(url, FOLDER):
            print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
