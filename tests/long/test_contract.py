"""schemathesis against a server of ours: whatever its OpenAPI document allows is taken, whatever it forbids is refused, all answers are as documented."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from ops.soak import databases
from ops.soak.servers import Server
from tests.long.conftest import ROOT, Proofdesk

EXAMPLES = 100  # of each call, valid and not
LEAST = 2000  # in all; schemathesis says how many it made
UNLIMITED = {"PROOFDESK_CALLS_PER_MINUTE": "0", "PROOFDESK_ADDRESS_CALLS_PER_MINUTE": "0"}
# A key that comes again with another mail is refused (422), as promised; erased and busy things are documented refusals too.
SETTINGS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 412, 413, 422, 428, 429, 503]
"""


@pytest.fixture(scope="module", params=get_args(databases.Kind))
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with databases.opened(request.param, tmp_path_factory.mktemp("database")) as (url, _):
        yield url


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory, proofdesk: Proofdesk) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("contract")
    (folder / "data").mkdir()
    proofdesk(folder / "data", "ingest", ROOT / "ingestion" / "help_centre")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"PROOFDESK_DATA_DIR": str(folder / "data"), "PROOFDESK_PORT": str(port), "PROOFDESK_DATABASE_URL": database_url}
    made = Server(1, port, folder, own | UNLIMITED)
    made.start()
    try:
        made.wait()
        yield made
    finally:
        made.stop()


def test_the_openapi_document_is_kept_to(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(SETTINGS, "utf-8")
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--config-file", str(config), "run", f"{server.url}/openapi.json", "--max-examples", str(EXAMPLES)]
    command += ["--generation-deterministic", "--workers", "1", "--request-timeout", "60", "--no-color", "--suppress-health-check", "all"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1800)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    generated = re.search(r"Test cases:\s+([\d,]+) generated", done.stdout)
    assert generated, done.stdout[-2000:]
    assert int(generated[1].replace(",", "")) >= LEAST, generated[0]
