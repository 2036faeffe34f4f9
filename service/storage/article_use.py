"""Counts how often each article was found for a mail or question, and how often an answer cited it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from service.storage.database import reading
from service.storage.tables import Question, Ticket

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Use:
    """Mails and questions that an article was found for, and of their answers those that cite it."""

    found: int = 0
    cited: int = 0


def counted(engine: Engine) -> dict[str, Use]:
    """Return the use of every article that was ever found, by its path."""
    found: Counter[str] = Counter()
    cited: Counter[str] = Counter()
    with reading(engine) as session:
        for table in (Ticket, Question):
            query = select(table.search, table.answer).where(table.search.is_not(None)).execution_options(yield_per=_ROWS_AT_ONCE)
            for search, answer in session.execute(query):
                found.update(_articles((search or {}).get("passages")))
                cited.update(_articles((answer or {}).get("citations")))
    return {path: Use(found[path], cited[path]) for path in found.keys() | cited.keys()}


def _articles(listed: list[dict[str, Any]] | None) -> set[str]:
    return {str(one["article"]) for one in listed or []}
