"""Lists the articles of the help centre in use, with their age and how much they are used."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from retrieval import index
from retrieval.index import SnapshotError
from retrieval.manifest import Entry
from service.settings import Settings
from service.storage import article_use, database
from service.storage.article_use import Use


@dataclass(frozen=True)
class Listed:
    """An article as it is listed. `found` and `cited` count mails and questions."""

    article: str
    title: str
    passages: int
    words: int
    updated: str | None
    version: str | None
    replaces: str | None
    found: int
    cited: int


def listed(settings: Settings) -> Iterator[Listed]:
    """Give the articles in use, in the order of their paths. Raises SnapshotError where there is no help centre yet."""
    name = index.current(settings.data_dir)
    if name is None:
        raise SnapshotError("there is no help centre yet: `proofdesk ingest PATH…` makes one")
    _, opened, entries = index.open_index(settings.data_dir / "snapshots" / name)
    passages = Counter(passage.article for passage in opened.passages)
    engine = database.open_engine(settings.database)
    try:
        database.migrate(engine)
        used = article_use.counted(engine)
    finally:
        engine.dispose()
    return (_listed(entry, passages, used) for entry in entries)


def line(one: Listed, as_json: bool) -> str:
    """Return an article as a line for people or as JSON."""
    if as_json:
        return json.dumps(asdict(one), ensure_ascii=False)
    told = [f"{one.passages} passages", f"updated {one.updated or 'unknown'}"]
    told += [f"version {one.version}"] if one.version else []
    told += [f"replaces {one.replaces}"] if one.replaces else []
    return f"{one.article}  {one.title}  ({', '.join(told)}; found {one.found} times, cited {one.cited})"


def _listed(entry: Entry, passages: Mapping[str, int], used: Mapping[str, Use]) -> Listed:
    use = used.get(entry.path, Use())
    return Listed(entry.path, entry.title, passages[entry.path], entry.words, entry.updated, entry.version, entry.replaces, use.found, use.cited)
