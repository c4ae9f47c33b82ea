"""The cards of accounts, quotes and alerts."""

from __future__ import annotations

from collections.abc import Mapping

from senexbot.blocks import accounts, holdings, home, quotes
from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.links import Environment
from senexbot.domain.market import QuoteAnswer, SessionState

from .builders import (
    NOW,
    D,
    account,
    ago,
    balances,
    link,
    put_instrument,
    puts,
    quote,
    shares,
)


def with_menus(held: list[holdings.Holding]) -> Message:
    """Every offer with a handle as long as a real one."""
    menus = {offer: f"handle-of-22-letters-{n % 10}" for n, offer in enumerate(holdings.offers(held))}
    return accounts.positions(held, now=NOW, menus=menus)


def account_cards() -> Mapping[str, Message | Modal]:
    live = link(Environment.LIVE, account(), id="L2")
    many = link(Environment.LIVE, *(account(f"5WT0000{n}", nickname="") for n in range(6)))
    crowd = link(Environment.PRACTICE, *(account(f"5WT000{n}") for n in range(10, 24)))
    closed = account("5WT00003", is_closed=True, margin_or_cash="", nickname="Old, joint", account_type="")
    broken = link(
        Environment.SANDBOX,
        closed,
        account(),
        broken="the refresh token was withdrawn",
        default_account="5WT00003",
    )
    one, two = link().accounts
    every = tuple(Environment)
    handles = {("L1", "5WT00002"): "h-default"}
    return {
        "not linked": accounts.not_linked(connect_handle="h", practice_first=True),
        "not linked, no practice": accounts.not_linked(connect_handle="h", practice_first=False),
        "form": accounts.connect_modal(environments=every, private_metadata="k"),
        "form, live only": accounts.connect_modal(environments=(Environment.LIVE,), private_metadata="k"),
        "form, after a problem": accounts.connect_modal(
            environments=every, private_metadata="k", problem="tastytrade does not know this client secret"
        ),
        "form, checking": accounts.connect_modal(environments=every, private_metadata="k", busy=True),
        "connected": accounts.connected(link(), says=(SayButton("Show balances", "h"),)),
        "connected, six accounts": accounts.connected(many),
        "disconnect?": accounts.disconnect_asked(link(), handle="h", says=(SayButton("Keep it", "h2"),)),
        "disconnect? with orders and alerts": accounts.disconnect_asked(
            live, handle="h", open_orders=1, alerts=2
        ),
        "disconnected": accounts.disconnected(link()),
        "disconnected with orders open": accounts.disconnected(live, open_orders=2, alerts=1),
        "accounts": accounts.account_list(
            (link(), live), handles, {"L1": "h-erase"}, connect_handle="h-c", now=NOW
        ),
        "accounts: a broken link": accounts.account_list((broken,), {}, {}),
        "accounts: many": accounts.account_list((crowd,), {}, {}, now=NOW),
        "accounts: none": accounts.account_list((), {}, {}),
        "balances": accounts.balances([(link(), one, balances())], now=NOW),
        "balances: two, one failed": accounts.balances(
            [
                (link(), one, balances()),
                (
                    link(),
                    two,
                    balances(
                        day_change=None, maintenance_requirement=None, derivative_buying_power=D("84619.44")
                    ),
                ),
            ],
            now=NOW,
            failed=[("LIVE …0003", "tastytrade did not answer")],
        ),
        "balances: two environments": accounts.balances(
            [(link(), one, balances()), (live, live.accounts[0], balances())], now=NOW
        ),
        "balances: nothing read": accounts.balances([], now=NOW, failed=[("LIVE …0003", "no answer")]),
        "balances: crowd": accounts.balances([(crowd, a, balances()) for a in crowd.accounts], now=NOW),
        "positions": accounts.positions(
            [
                (
                    link(),
                    one,
                    (
                        puts(),
                        shares(
                            "SPY",
                            "-40",
                            mark=D("602.14"),
                            close_price=D("602.86"),
                            average_open_price=D("598"),
                        ),
                        shares(),
                    ),
                ),
                (link(), two, ()),
            ],
            now=NOW,
            says=(SayButton("Show balances", "h"),),
        ),
        "positions: with menus": with_menus([(link(), one, (puts(), shares("SPY", "-40"), shares()))]),
        "positions: menus, long": with_menus(
            [(link(), one, (*(shares(f"SYM{n:02}") for n in range(25)), puts(), puts(), puts()))]
        ),
        "positions: no marks": accounts.positions(
            [(link(), one, (shares(mark=None), shares("MSFT"), shares("NEW", close_price=None)))], now=NOW
        ),
        "positions: empty account": accounts.positions(
            [(link(), two, ())], now=NOW, says=(SayButton("Quote SPY", "h"),)
        ),
        "positions: five empty accounts": accounts.positions([(link(), two, ())] * 5, now=NOW),
        "positions: no account": accounts.positions([], now=NOW),
        "positions: none could be read": accounts.positions(
            [], now=NOW, failed=[("LIVE …0003", "no answer")]
        ),
        "positions: two environments": accounts.positions(
            [(link(), one, (shares(),)), (live, one, (shares(opened_today=True),))],
            now=NOW,
            failed=[("LIVE …0003", "no answer")],
        ),
        "positions: long": accounts.positions(
            [
                (link(), one, tuple(shares(f"SYM{n:02}") for n in range(37)) + (puts(),) * 10),
                (live, one, (shares(),)),
            ],
            now=NOW,
        ),
        "home": home.home_view((link(), live), connect_handle="h", says=(SayButton("Show balances", "h2"),)),
        "home: no rights": home.no_home("Guests need a role here: an operator can give you one."),
        "home: not linked": home.home_view(connect_handle="h"),
        "home: halted, broken, many": home.home_view(
            (broken, many, *([live] * 10)), halt_words="Desk is HALTED: no new order starts"
        ),
    }


def quote_cards() -> Mapping[str, Message]:
    option = quote(
        instrument=put_instrument(), bid=D("3.40"), ask=D("3.50"), last=None, volume=D("840"), iv_rank=None
    )
    says = (SayButton("AAPL", "h1"), SayButton("AAP", "h2"))
    return {
        "one": quotes.quote_card(QuoteAnswer((quote(),)), now=NOW),
        "three days old": quotes.quote_card(QuoteAnswer((quote(at=ago(86_400 * 3)),)), now=NOW),
        "down, closed": quotes.quote_card(
            QuoteAnswer((quote(last=D("185.10"), session=SessionState.CLOSED, at=ago(7300)),)), now=NOW
        ),
        "closed, of Friday": quotes.quote_card(
            QuoteAnswer((quote(session=SessionState.CLOSED, closed_at=ago(3 * 86_400)),)), now=NOW
        ),
        "closed, of a moment ago": quotes.quote_card(
            QuoteAnswer((quote(session=SessionState.CLOSED, closed_at=ago(60)),)), now=NOW
        ),
        "halted, delayed, before the open": quotes.quote_card(
            QuoteAnswer((quote(halted=True, delayed=True, session=SessionState.PRE_MARKET, at=ago(150)),)),
            now=NOW,
        ),
        "an option": quotes.quote_card(QuoteAnswer((option,)), now=NOW),
        "half of it missing": quotes.quote_card(
            QuoteAnswer((quote(bid=None, last=None, volume=D(12_500), iv_rank=None),)), now=NOW
        ),
        "price without a close before": quotes.quote_card(
            QuoteAnswer((quote(prev_close=D(0), ask=None, volume=None),)), now=NOW
        ),
        "several, one unknown": quotes.quote_card(
            QuoteAnswer((quote(), quote("SPY", last=D("602.14"), prev_close=D("602.86")), option), ("APPL",)),
            now=NOW,
            says=says,
        ),
        "eleven": quotes.quote_card(
            QuoteAnswer(
                tuple(quote(f"SYM{n}") for n in range(11)), tuple(f"x{n}" for n in range(7)), "Market closed"
            ),
            now=NOW,
        ),
        "unknown": quotes.quote_card(QuoteAnswer((), ("APPL",)), now=NOW, says=says),
        "unknown, nothing near": quotes.quote_card(QuoteAnswer((), ("QZXW",)), now=NOW),
        "two unknown": quotes.quote_card(QuoteAnswer((), ("APPL", "SPYY")), now=NOW),
        "nothing": quotes.quote_card(QuoteAnswer((), (), "tastytrade's sandbox serves no quotes"), now=NOW),
    }
