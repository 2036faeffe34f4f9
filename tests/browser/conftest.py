"""A served console with its own data, and a browser to look at it."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from ops import screenshots
from service import app, bootstrap
from service.bootstrap import Desks
from service.settings import ROOT, Settings
from service.telemetry.prometheus import Metrics
from service.worker import Worker
from tests.absence import cannot

AXE = "axe-core@4.11.0"


@dataclass(frozen=True)
class Served:
    """Where the console answers, and what it works with."""

    url: str
    desks: Desks
    settings: Settings


@pytest.fixture(scope="session")
def served(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the console on the small help centre, with two releases of which the second can be rolled back."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(indexed, folder / "data", symlinks=True)
    for name in ("r1", "r2"):
        (folder / "releases" / name).mkdir(parents=True)
        text = (ROOT / "ops/releases/r1/release.toml").read_text("utf-8").replace('name = "r1"', f'name = "{name}"')
        (folder / "releases" / name / "release.toml").write_text(text + ("\n[retrieval]\npassages = 4\n" if name == "r2" else ""), "utf-8")
    settings = Settings(data_dir=folder / "data", releases_dir=folder / "releases")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
            patch.delenv(name, raising=False)
        patch.chdir(folder)  # away from any .env
        desks = bootstrap.open_desks(settings)
    desks.choose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    metrics = Metrics()
    made = app.make(settings, desks, Worker(desks.engine, desks.choose, metrics), metrics)
    server = uvicorn.Server(uvicorn.Config(made, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Served(f"http://127.0.0.1:{port}", desks, settings)
    server.should_exit = True
    thread.join(20)
    desks.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium with an empty profile."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        cannot("playwright is not installed")
    if not Path(screenshots.CHROMIUM).exists():
        cannot(f"there is no {screenshots.CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=screenshots.CHROMIUM, args=screenshots.FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    """Give a fresh page of a fresh visitor; a script error, a refused policy or a foreign request fails the test."""
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 800})
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    opened.on("request", lambda request: None if request.url.startswith(served.url) else faults.append(request.url))
    opened.on("dialog", lambda dialog: (faults.append("dialog: " + dialog.message), dialog.dismiss()))
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the source of axe-core, fetched from the npm registry into a folder of its own."""
    if not shutil.which("npm"):
        cannot("npm is not there, which axe-core comes from")
    kept = Path(tempfile.gettempdir()) / f"proofdesk-{AXE}"
    source = kept / "node_modules/axe-core/axe.min.js"
    if not source.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["npm", "install", "--prefix", str(kept), "--no-audit", "--no-fund", "--silent", AXE], check=False, timeout=120)
    if not source.exists():
        cannot(f"{AXE} could not be fetched from the npm registry")
    return source.read_text("utf-8")
