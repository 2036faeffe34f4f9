from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.models import BudgetSpent, Usage, costs
from service.models.costs import Budget, Override, Prices, PricesError

AT = datetime(2026, 11, 2, tzinfo=UTC)
USED = Usage(input=1000, cached=400, output=200, reasoning=50)


def override(since: str = "2026-01-01", provider: str = "mine", model: str = "*", **prices: object) -> Override:
    return Override.model_validate({"provider": provider, "model": model, "since": since, "input": "2", "output": "8", "source": "a list", **prices})


def test_prices_a_known_model_by_the_table_with_cached_tokens_cheaper() -> None:
    cost = Prices().price("openai", "gpt-4o-mini", USED, AT)
    assert cost == Decimal("0.00024")  # 600 at .15, 400 cached at .075, 200 at .60 a million
    assert isinstance(cost, Decimal)


def test_names_the_source_and_its_version() -> None:
    quote = Prices().quote("openai", "gpt-4o-mini", USED, AT)
    assert quote is not None
    assert quote.source == f"genai-prices {genai_prices.__version__}"


@pytest.mark.parametrize(("provider", "model"), [("openai", "no-such-model"), ("no-such-provider", "gpt-4o-mini")])
def test_what_nobody_knows_has_no_price(provider: str, model: str) -> None:
    assert Prices().price(provider, model, USED, AT) is None


@pytest.mark.parametrize("usage", [Usage(), Usage(input=5), Usage(output=5)])
def test_unknown_tokens_have_no_price(usage: Usage) -> None:
    assert Prices().price("openai", "gpt-4o-mini", usage, AT) is None


def test_nothing_used_costs_nothing_even_where_no_price_is_known() -> None:
    assert Prices().price("no-such-provider", "m", Usage(0, 0, 0, 0), AT) == 0


def test_a_server_of_ones_own_is_not_billed_at_a_famous_models_price() -> None:
    prices = Prices(known_as={"azure": "azure"})
    assert prices.price("openai", "gpt-4o-mini", USED, AT) is None
    assert prices.price("azure", "gpt-4o-mini", USED, AT) is not None


def test_an_override_is_taken_before_the_table() -> None:
    prices = Prices([override(provider="openai", model="gpt-4o*", input="1", output="1", cached="0")])
    quote = prices.quote("openai", "gpt-4o-mini", USED, AT)
    assert quote == costs.Quote(Decimal("0.0008"), "a list")
    assert prices.price("openai", "gpt-5-mini", USED, AT) != Decimal("0.0008")


def test_the_latest_override_that_held_then_is_taken() -> None:
    prices = Prices([override("2026-01-01", input="1"), override("2026-11-01", input="3"), override("2026-12-01", input="9")])
    only_input = Usage(1_000_000, 0, 0, 0)
    assert prices.price("mine", "m", only_input, AT) == 3
    assert prices.price("mine", "m", only_input, datetime(2026, 6, 1, tzinfo=UTC)) == 1
    assert prices.price("mine", "m", only_input, datetime(2025, 6, 1, tzinfo=UTC)) is None


def test_cached_tokens_cost_as_much_as_others_where_the_override_does_not_say() -> None:
    assert Prices([override()]).price("mine", "m", Usage(1_000_000, 500_000, 0, 0), AT) == 2


def test_a_provider_that_reports_more_cached_than_input_tokens_is_still_priced() -> None:
    assert Prices().price("openai", "gpt-4o-mini", Usage(1000, 4000, 0, 0), AT) == Decimal("0.000075")


def test_reads_the_overrides_that_come_with_the_project() -> None:
    overrides = costs.load(Path(__file__).parents[3] / "ops" / "prices")
    assert Prices(overrides).price("llamacpp", "any", USED, AT) == 0
    assert all("checked" in one.source for one in overrides)


def test_reads_a_file_of_overrides(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "source: https://x.example/prices\nchecked: 2026-11-01\nprices:\n  - {provider: x, model: m, since: 2026-10-01, input: 0.15, output: '0.60'}\n"
    )
    (only,) = costs.load(tmp_path)
    assert (only.input, only.output, only.since) == (Decimal("0.15"), Decimal("0.60"), date(2026, 10, 1))
    assert only.source == "a.yaml, checked 2026-11-01: https://x.example/prices"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: []", "source"),
        ("source: x\nchecked: soon\nprices: []", "checked"),
        ("source: x\nchecked: 2026-11-01\nprices: [{provider: x, model: m, since: 2026-10-01, input: -1, output: 1}]", r"prices\.0\.input"),
        ("source: x\nchecked: 2026-11-01\nprices: [{provider: x, model: m, since: 2026-10-01, inptu: 1, output: 1}]", r"prices\.0\.inptu"),
        ("source: [", "b.yaml"),
    ],
)
def test_says_which_file_and_field_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "b.yaml").write_text(text)
    with pytest.raises(PricesError, match=words) as caught:
        costs.load(tmp_path)
    assert "b.yaml" in str(caught.value)


def test_a_budget_lets_calls_through_until_it_is_spent() -> None:
    budget = Budget(Decimal(10))
    budget.hold(Decimal(7)).settle(Decimal(4))
    budget.hold(Decimal(7)).settle(Decimal(6))
    with pytest.raises(BudgetSpent, match="10 USD"):
        budget.hold(Decimal(1))
    assert budget.held == 10


def test_what_is_held_counts_as_spent() -> None:
    budget = Budget(Decimal(10))
    budget.hold(Decimal(10))
    with pytest.raises(BudgetSpent):
        budget.hold(Decimal(0))


def test_a_call_of_unknown_cost_keeps_what_it_held() -> None:
    budget = Budget(Decimal(10))
    budget.hold(Decimal(3)).settle(None)
    assert budget.held == 3


def test_settling_twice_counts_once() -> None:
    budget = Budget(Decimal(10))
    hold = budget.hold(Decimal(3))
    hold.settle(Decimal(2))
    hold.settle(Decimal(2))
    assert budget.held == 2


def test_a_budget_of_nothing_lets_nothing_through_and_none_lets_all() -> None:
    with pytest.raises(BudgetSpent):
        Budget(Decimal(0)).hold(Decimal(0))
    Budget(None).hold(Decimal(10**9))


def test_the_day_counts_what_is_stored_and_what_is_in_flight() -> None:
    stored = [Decimal(6)]
    day = Budget(Decimal(10), spent=lambda: stored[0])
    with day.part(None) as email:
        email.hold(Decimal(5)).settle(Decimal(4))
        with pytest.raises(BudgetSpent, match="day"):
            day.part(None).hold(Decimal(1))
        stored[0] = Decimal(9)  # the email is stored, and 1 of its 4 was refunded
    day.part(None).hold(Decimal(1))


def test_a_refused_call_holds_nothing() -> None:
    day = Budget(Decimal(10))
    email = day.part(Decimal(1))
    email.hold(Decimal(2)).settle(Decimal(2))
    with pytest.raises(BudgetSpent, match="email"):
        email.hold(Decimal(5))
    assert (email.held, day.held) == (2, 2)


def test_a_store_that_cannot_be_asked_holds_nothing_either() -> None:
    def broken() -> Decimal:
        raise OSError("the database is away")

    day = Budget(Decimal(10), spent=broken)
    email = day.part(Decimal(5))
    with pytest.raises(OSError, match="away"):
        email.hold(Decimal(1))
    assert (email.held, day.held) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50))), max_size=20), st.integers(0, 200))
def test_a_closed_part_leaves_nothing_behind(calls: list[tuple[int, int | None]], limit: int) -> None:
    day = Budget(None)
    with day.part(Decimal(limit)) as email:
        for most, cost in calls:
            try:
                email.hold(Decimal(most)).settle(None if cost is None else Decimal(min(cost, most)))
            except BudgetSpent:
                assert email.held >= limit
            assert email.held == day.held
    assert day.held == 0
