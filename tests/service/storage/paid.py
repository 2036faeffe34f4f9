"""A hosted model that costs money, and how much of it is kept."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, func, select

from service.models import Call, Completion, CutOff, Usage
from service.models.circuit_breaker import Breakers
from service.models.costs import Budget, Override, Prices
from service.models.routing import Route, Routes
from service.pipeline import Desk
from service.storage.database import reading
from service.storage.tables import KeptReply
from tests.service import fakes

PRICE = Override(provider="paid", model="*", since=date(2026, 1, 1), input=Decimal(1), output=Decimal(10))
COST = Decimal("0.002")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Paid:
    """A hosted model that counts what it is asked."""

    fails: int = 0
    provider: str = "paid"
    name: str = "m"
    calls: list[Call] = field(default_factory=list)

    def complete(self, call: Call, timeout: float) -> Completion:
        self.calls.append(call)
        usage = Usage(1000, 0, 100, 0)
        if len(self.calls) <= self.fails:
            raise CutOff("the answer was cut off", usage=usage)
        if call.task == "extract":
            answer: dict[str, Any] = {"customerName": None, "issueSummary": "Customer was charged twice.", "urgency": "high"}
        else:
            answer = {"sentences": [{"text": fakes.PASSAGE.text, "citations": ["p1"]}]}
        return Completion(json.dumps(answer), self.provider, self.name, usage)


class Killed(BaseException):
    """The process ends here."""


def desk(*models: Paid) -> Desk:
    routes = [(Route(one.provider, one.name), one) for one in models]
    made: Any = Routes({"extract": routes, "answer": routes}, Breakers(lambda: 0.0), Budget(None), Prices([PRICE]))
    return replace(fakes.desk(), routes=made)


def kept(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(KeptReply)) or 0
