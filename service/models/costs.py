"""What calls cost, and what may be spent."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.models import BudgetSpent, Usage

MILLION = Decimal(1_000_000)
NOTHING = Decimal(0)


class PricesError(Exception):
    """A file of price overrides cannot be read."""


class Override(BaseModel):
    """One dated price, in US dollars a million tokens, for models of a provider whose name fits `model` (a shell pattern)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    model: str
    since: date
    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cached: Decimal | None = Field(None, ge=0, description="Price of cached input; None means that of other input")
    source: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: str = Field(min_length=1)
    checked: date
    prices: list[Override]


@dataclass(frozen=True)
class Quote:
    """What one call costs, and who says so."""

    usd: Decimal
    source: str


def load(folder: Path) -> tuple[Override, ...]:
    """Read the overrides of every .yaml file in a folder. Raises PricesError naming the file and the field that is wrong."""
    overrides: list[Override] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except yaml.YAMLError as exc:
            raise PricesError(f"{path}: {exc}") from exc
        except ValidationError as exc:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors(include_url=False))
            raise PricesError(f"{path}: {faults}") from exc
        source = f"{path.name}, checked {file.checked}: {file.source}"
        overrides += [one.model_copy(update={"source": source}) for one in file.prices]
    return tuple(overrides)


class Prices:
    """Knows what tokens cost: by an override that held at the time, else by the genai-prices table of the version installed.

    `known_as` gives the table's name for a provider of ours; one that is not in it is priced by overrides alone, so that a server of the
    customer's own under a famous model's name is not billed at that model's price. None takes the names as they are.
    """

    def __init__(self, overrides: Sequence[Override] = (), known_as: Mapping[str, str] | None = None) -> None:
        self._overrides = sorted(overrides, key=lambda one: one.since, reverse=True)
        self._known_as = known_as

    def price(self, provider: str, model: str, usage: Usage, at: datetime) -> Decimal | None:
        """Return the price in US dollars, None where it is not known."""
        quote = self.quote(provider, model, usage, at)
        return quote.usd if quote else None

    def quote(self, provider: str, model: str, usage: Usage, at: datetime) -> Quote | None:
        """Return the price with its source. None where the tokens or their price are not known; nothing used costs nothing, whatever the price."""
        if usage.input is None or usage.output is None:
            return None
        if usage.input == usage.output == 0:
            return Quote(NOTHING, "nothing used")
        cached = min(usage.cached or 0, usage.input)
        for one in self._overrides:
            if one.provider == provider and fnmatchcase(model, one.model) and one.since <= at.date():
                dear, cheap = usage.input - cached, one.input if one.cached is None else one.cached
                return Quote((dear * one.input + cached * cheap + usage.output * one.output) / MILLION, one.source)
        return self._from_table(provider, model, usage, at)

    def _from_table(self, provider: str, model: str, usage: Usage, at: datetime) -> Quote | None:
        name = provider if self._known_as is None else self._known_as.get(provider)
        if name is None:
            return None
        import genai_prices  # it brings an HTTP client along, and without a provider nothing is priced

        tokens = genai_prices.Usage(input_tokens=usage.input, cache_read_tokens=min(usage.cached or 0, usage.input or 0), output_tokens=usage.output)
        try:
            found = genai_prices.calc_price(tokens, model, provider_id=name, genai_request_timestamp=at)
        except LookupError:
            return None
        return Quote(found.total_price, f"genai-prices {genai_prices.__version__}")


class Budget:
    """Money that may be spent, perhaps as a part of a larger budget; safe to use from many threads.

    A call takes the most that it can cost before it is made, and settles for what it did cost. It is let through while less than the limit is
    spent or held, so the limit is passed by one call at most. `spent` tells what was spent outside of this object (the day's rows in the store).
    """

    def __init__(
        self, limit: Decimal | None, name: str = "day", spent: Callable[[], Decimal] = lambda: NOTHING, within: "Budget | None" = None
    ) -> None:
        self.limit = limit
        self._name = name
        self._spent = spent
        self._within = within
        self._lock = threading.Lock()
        self._held = NOTHING

    def part(self, limit: Decimal | None, name: str = "email") -> "Budget":
        """Open a budget within this one. Close it (or leave its `with`) once its costs are in the store, where `spent` finds them."""
        return Budget(limit, name, within=self)

    def hold(self, most: Decimal) -> "Hold":
        """Take `most` US dollars for one call, until it is known what it costs. Raises BudgetSpent."""
        with ExitStack() as undo:
            if self._within:
                self._within._take(most)
                undo.callback(self._within._change, -most)
            self._take(most)
            undo.pop_all()
        return Hold(self, most)

    def close(self) -> None:
        """Forget what was taken here: from now on the store knows it."""
        if self._within:
            self._within._change(-self._held)
        self._held = NOTHING

    def __enter__(self) -> "Budget":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def held(self) -> Decimal:
        """What is spent or held here, in US dollars, apart from what `spent` tells."""
        with self._lock:
            return self._held

    def _take(self, most: Decimal) -> None:
        with self._lock:
            before = self._held
            self._held += most
        with ExitStack() as undo:
            undo.callback(self._change, -most)
            # `spent` is asked after `before` was read: what another thread stores in between is counted twice, never missed.
            if self.limit is not None and before + self._spent() >= self.limit:
                raise BudgetSpent(f"not asked: the {self._name}'s budget of {self.limit} USD is spent")
            undo.pop_all()

    def _change(self, by: Decimal) -> None:
        with self._lock:
            self._held += by

    def _settle(self, by: Decimal) -> None:
        self._change(by)
        if self._within:
            self._within._change(by)


class Hold:
    """The most that one call can cost, taken out of a budget until it is settled."""

    def __init__(self, budget: Budget, most: Decimal) -> None:
        self._budget = budget
        self._most = most

    def settle(self, cost: Decimal | None) -> None:
        """Put back what the call did not cost. None (nobody knows, as after a timeout) keeps all of it."""
        if cost is not None:
            self._budget._settle(cost - self._most)
            self._most = cost
