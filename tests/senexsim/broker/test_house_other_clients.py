"""What the SDK's own tests and the JavaScript client ask for, and our own tests did not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from aiohttp import ClientSession
from house_bench import Client
from tastytrade import Account, Session
from tastytrade.instruments import Equity, FutureOptionProduct, FutureProduct, Warrant
from tastytrade.order import NotionalOrder, OrderAction, OrderTimeInForce
from tastytrade.search import symbol_search
from tastytrade.watchlists import PairsWatchlist, PublicWatchlist

from senexsim.broker.server import BrokerSim


async def test_symbols_are_found_before_there_is_a_token(session: Session) -> None:
    """The SDK fetches no token for a search."""
    assert session.session_expiration == 0
    assert "AAPL" in [found.symbol for found in await symbol_search(session, "AAP")]
    assert await symbol_search(session, "ASDFGJKL") == []


async def test_only_the_search_goes_without_a_token(sim: BrokerSim) -> None:
    async with ClientSession(sim.origin, headers={"User-Agent": "test/1"}) as plain:
        for path, status in (("/symbols/search/AAPL", 200), ("/watchlists", 401), ("/symbols", 401)):
            async with plain.get(path) as answer:
                assert (path, answer.status) == (path, status)


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of the SDK
async def test_a_notional_order_may_last(session: Session, account: Account) -> None:
    share = await Equity.get(session, "AAPL")
    order = NotionalOrder(
        time_in_force=OrderTimeInForce.GTC,
        legs=[share.build_leg(None, OrderAction.BUY_TO_OPEN)],
        value=Decimal(-5),
    )
    assert (await account.place_order(session, order, dry_run=True)).order.value == Decimal(-5)


async def test_names_that_clients_look_up(session: Session) -> None:
    assert (await FutureProduct.get(session, "ZN")).tick_size == Decimal("0.015625")
    assert (await FutureOptionProduct.get(session, "OZN")).root_symbol == "OZN"
    assert not (await Warrant.get(session, "NKLAW")).active
    assert (await PairsWatchlist.get(session, "Stocks")).pairs_equations
    coins = await PublicWatchlist.get(session, "Crypto")
    assert {entry["instrument-type"] for entry in coins.watchlist_entries or []} == {"Cryptocurrency"}
    hourly = await PublicWatchlist.get(session, "tasty Hourly Top Equities")
    assert len(hourly.watchlist_entries or []) == 20


@pytest.mark.parametrize("lists", ["watchlists", "public-watchlists", "pairs-watchlists"])
async def test_a_list_of_no_name_is_all_of_them(client: Client, lists: str) -> None:
    status, named = await client.call("GET", f"/{lists}/")
    plain, bare = await client.call("GET", f"/{lists}")
    assert (status, plain) == (200, 200)
    assert named["data"] == bare["data"]


async def test_the_present_value_alone(client: Client) -> None:
    status, answer = await client.call("GET", "/accounts/5WT00001/net-liq")
    _, balance = await client.call("GET", "/accounts/5WT00001/balances/USD")
    assert status == 200
    drift = Decimal(answer["data"]["close"]) - Decimal(balance["data"]["net-liquidating-value"])
    assert abs(drift) < 100


async def test_an_account_tells_whose_rules_it_is_under(client: Client) -> None:
    _, answer = await client.call("GET", "/customers/me/accounts")
    assert {row["account"]["regulatory-domain"] for row in answer["data"]["items"]} == {"USA"}
