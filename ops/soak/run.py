"""The soak: `python -m ops.soak.run` submits mail over HTTP to real servers, kills them all the while, lets the rest drain, and counts.

Exit code 1 where anything was lost, doubled, paid again although its reply was kept, or paid and not booked.
"""

import json
import queue
import random
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer
from sqlalchemy import Engine

import ingestion
from ingestion import build
from ops.soak import databases, judging, mails, provider
from ops.soak.databases import Kind
from ops.soak.judging import Kill, Verdict
from ops.soak.provider import Provider
from ops.soak.servers import Server
from retrieval import index
from service.settings import Settings

HELP_CENTRE = Path(ingestion.__file__).parent / "help_centre"
PRICES = """\
source: invented, so that every call at the provider of the soak costs something
checked: 2026-11-30
prices:
  - {provider: openai, model: "*", since: 2020-01-01, input: 0.1, output: 0.4}
"""
BACKLOG = 12  # accepted mails that wait: submitting goes on as long as killing does
SUBMITTERS = 3
LATENCY_S = 0.4
TICK_S = 0.1
STILL_S = 180.0  # without any progress, after which nothing more is waited for
GENTLE = {0, -15, 143}  # exit codes of a server that was asked to end


@dataclass
class Submitting:
    """What is still to be submitted, and what was answered to what was."""

    waiting: "queue.SimpleQueue[tuple[int, bytes]]"
    accepted: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: int = 0
    finished: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def work(self, servers: list[Server], first: int) -> None:
        """Submit one mail after the other, each until some server says that it has it."""
        place = first
        while not self.ended.is_set():
            if len(self.accepted) - self.finished >= BACKLOG:
                time.sleep(TICK_S)
                continue
            try:
                number, raw = self.waiting.get_nowait()
            except queue.Empty:
                return
            while not self.ended.is_set() and not self._submit(servers[place % len(servers)], number, raw):
                place += 1
                time.sleep(TICK_S)
            place += 1

    def _submit(self, server: Server, number: int, raw: bytes) -> bool:
        request = urllib.request.Request(f"{server.url}/v1/emails", raw, {"Content-Type": "message/rfc822"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.accepted[number].add(json.loads(answer.read())["id"])
        except urllib.error.HTTPError as exc:
            if exc.code < 500:
                self.refused += 1
                return True
            return False
        except (OSError, ValueError):  # it was killed, or is not there yet; what it has then is found as a duplicate
            return False
        return True


@dataclass
class Soak:
    """One run: its servers, its provider, its database, and what was done to them."""

    servers: list[Server]
    provider: Provider
    engine: Engine
    submitting: Submitting
    mails: int
    chance: random.Random
    kills: list[Kill] = field(default_factory=list)
    crashes: int = 0

    def kill_all_the_while(self, count: int) -> None:
        """Kill servers, spread over the calls that are to be expected, and start each again at once."""
        while len(self.kills) < count:
            left = (self.mails - self.submitting.finished) * len(self.provider.calls) / max(1, self.submitting.finished)
            until = len(self.provider.calls) + max(1, round(self.chance.uniform(0.4, 1.2) * left / (count - len(self.kills) + 1)))
            if not self._wait(lambda until=until: len(self.provider.calls) >= until or self.submitting.finished >= self.mails):
                return
            time.sleep(self.chance.uniform(0, 2 * LATENCY_S))
            server = self._busy()
            if server is None:
                continue
            self.kills.append(Kill(server.name, server.kill(), databases.safe(self.engine)))
            server.start()

    def drain(self) -> None:
        """Wait until every mail is finished, or nothing moves any more."""
        self._wait(lambda: self.submitting.finished >= self.mails)

    def _busy(self) -> Server | None:
        """Return a server that has asked something in this life, any where everything is finished, None where there is none yet."""
        asked = {call.by for call in list(self.provider.calls)}
        found = [one for one in self.servers if one.is_alive and (one.name in asked or self.submitting.finished >= self.mails)]
        return self.chance.choice(found) if found else None

    def _wait(self, is_over: Any) -> bool:
        """Wait for something, as long as anything moves; servers that ended by themselves are counted and started again."""
        moved, seen = time.monotonic(), (-1, -1)
        while not is_over():
            for server in self.servers:
                if not server.is_alive:
                    self.crashes += 1
                    server.start()
            self.submitting.finished = databases.finished(self.engine)
            if (now := (len(self.provider.calls), self.submitting.finished)) != seen:
                moved, seen = time.monotonic(), now
            if time.monotonic() - moved > STILL_S:
                return False
            time.sleep(TICK_S)
        return True


def prepare(folder: Path) -> None:
    """Make a data directory with the sample help centre in use; encoders and fitted arrays are those of the settings' own."""
    known = Settings().data_dir.resolve()
    for name in ("encoders", "fitted"):
        (known / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(known / name)
    index.make_current(folder, build.build([HELP_CENTRE], folder).snapshot_name)
    (folder / "prices").mkdir()
    (folder / "prices" / "soak.yaml").write_text(PRICES, "utf-8")


def run(kind: Kind, count: int, kills: int, seed: int, folder: Path) -> tuple[Verdict, dict[str, Any]]:
    """Soak one database in a data directory that is prepared; return the verdict, and what else there is to tell."""
    began = time.monotonic()
    with provider.serving(LATENCY_S) as asked, databases.opened(kind, folder) as (url, engine):
        environment = {
            "PROOFDESK_DATA_DIR": str(folder),
            "PROOFDESK_PRICES_DIR": str(folder / "prices"),
            "PROOFDESK_DATABASE_URL": url,
            "OPENAI_BASE_URL": asked.base_url,
        }
        servers = [Server(number, free_port(), folder, environment) for number in range(databases.SERVERS[kind])]
        submitting = Submitting(queue.SimpleQueue())
        for number, raw in enumerate(mails.unique(count)):
            submitting.waiting.put((number, raw))
        soak = Soak(servers, asked, engine, submitting, count, random.Random(seed))
        threads = [threading.Thread(target=submitting.work, args=(servers, place), daemon=True) for place in range(SUBMITTERS)]
        try:
            for server in servers:
                server.start()
                server.wait()
            for thread in threads:
                thread.start()
            soak.kill_all_the_while(kills)
            soak.drain()
        finally:
            submitting.ended.set()
            codes = [server.stop() for server in servers]
        verdict = judging.judge(
            count, submitting.accepted, asked.calls, soak.kills, databases.ended(engine),
            crashes=soak.crashes, refused=submitting.refused, undrained=sum(code not in GENTLE for code in codes),
        )  # fmt: skip
    return verdict, {"kills": len(soak.kills), "seconds": round(time.monotonic() - began), "errors": errors(servers), "seed": seed}


def errors(servers: list[Server]) -> dict[str, int]:
    """Count what the servers logged as errors, by event."""
    found: Counter[str] = Counter()
    for line in (line for server in servers for line in server.log.read_text("utf-8", "replace").splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if said.get("level") in ("error", "critical"):
            found[said.get("event", "?")] += 1
    return dict(found)


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def main(
    count: Annotated[int, typer.Option("--mails", help="Mails to submit.", min=1, max=99_999)] = 300,
    kills: Annotated[int, typer.Option(help="Times that a server is killed.", min=0)] = 30,
    database: Annotated[Literal["sqlite", "postgresql", "both"], typer.Option(help="SQLite with one server, PostgreSQL with two, or both.")] = "both",
    out: Annotated[Path | None, typer.Option(help="Folder for the reports; default: soak in the data directory.")] = None,
    seed: Annotated[int, typer.Option(help="Decides when which server is killed.")] = 1,
) -> None:
    """Soak, print what was counted, and write it as JSON."""
    bad = False
    folder = out or Settings().data_dir / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Kind, ...] = get_args(Kind) if database == "both" else (database,)
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as name:
            prepare(Path(name))
            verdict, more = run(kind, count, kills, seed, Path(name))
        report = {"database": kind, "servers": databases.SERVERS[kind], **more, **judging.told(verdict)}
        (folder / f"{kind}.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        for title, value in report.items():
            print(f"{title:<18} {value}", flush=True)
        print(flush=True)
        bad = bad or bool(verdict.faults) or verdict.accepted < count or more["kills"] < kills
    raise SystemExit(int(bad))


if __name__ == "__main__":
    typer.run(main)
