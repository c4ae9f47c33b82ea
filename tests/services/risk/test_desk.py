"""Watching an account's risk: raised once for an episode, followed in silence, ended by an edit; and its remedies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from senexbot.domain.alerting.terms import Field
from senexbot.domain.errors import (
    AlreadyHandled,
    BrokerFault,
    Fenced,
    Gone,
    NotConnected,
    NotFound,
    NotPermitted,
    ParseError,
)
from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract
from senexbot.domain.language import said_text
from senexbot.domain.links import AccountRef, BrokerAccount, Role
from senexbot.domain.market import Balances, Position, Quote, SessionState, TradingStatus
from senexbot.domain.news import NoticeNews, RiskNews
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.terms import Action
from senexbot.domain.risk.alerts import RiskAlert, State, Why
from senexbot.domain.risk.presets import Line, Preset
from senexbot.domain.risk.saying import parse_risk
from senexbot.domain.risk.view import Metrics
from senexbot.domain.routing.escalation import Escalation
from senexbot.ids import RandomIds
from senexbot.ports import ChannelFacts, Lease
from senexbot.ports.values import Spans
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.places import AlertPlaces
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.risk.desk import Risk, RiskShown
from senexbot.services.risk.looking import RiskLooking
from senexbot.services.risk.unseen import BLIND_SECONDS
from senexbot.services.risk.watch import CLOSED_SECONDS, EMPTY_SECONDS, HELD_SECONDS, RiskWatch
from tests.domain.builders import actor, option, share
from tests.domain.risk.world import CALL, PUT, STRANGLE, D, an_order, balances, greeks, held, quoted
from tests.fakes.broker import HandReads
from tests.fakes.values import HandFeed, HandFeeds
from tests.services.house import House, outcomes
from tests.stores import Home

ANA, BEN = actor(), actor(user_id="U2")
KEY = "practice:5WT00001:U1"
NUMBER = "5WT00001"


@dataclass
class RiskReads(HandReads):
    """The strangle and its market; `fails`: reads that end in trouble."""

    prices: dict[str, tuple[str, str]] = field(default_factory=dict)
    deltas: dict[str, Greeks] = field(default_factory=dict)
    told: dict[str, Metrics] = field(default_factory=dict)
    worth: Balances = field(default_factory=balances)
    status: TradingStatus = field(default_factory=TradingStatus)
    session: SessionState = SessionState.OPEN
    fails: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what in self.fails:
            raise BrokerFault("the broker does not answer", code="unavailable")

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        contract = OptionContract.from_occ(symbol)
        return share(symbol) if contract is None else option(contract, streamer_symbol=f".{contract.occ}")

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Greeks]:
        self._note("greeks")
        now = self.clock.now()
        return {
            one.symbol: replace(self.deltas[one.symbol], at=now)
            for one in instruments
            if one.symbol in self.deltas
        }

    async def metrics(self, link_id: str, symbols: Sequence[str]) -> Mapping[str, Metrics]:
        self._note("metrics")
        return self.told

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        self._note("quotes")
        return {
            one.symbol: replace(quoted("SPY", *self.prices[one.symbol]), instrument=one, at=self.clock.now())
            for one in instruments
            if one.symbol in self.prices
        }

    async def session_state(self, link_id: str) -> SessionState:
        self._note("session")
        return self.session

    async def balances(self, account: AccountRef) -> Balances:
        self._note("balances")
        return self.worth

    async def positions(self, account: AccountRef) -> tuple[Position, ...]:
        self._note("positions")
        return self.positions_held

    async def trading_status(self, account: AccountRef) -> TradingStatus:
        self._note("status")
        return self.status


@dataclass
class Desk:
    house: House
    reads: RiskReads
    watch: RiskWatch
    risk: Risk
    lease: Lease
    feeds: HandFeeds

    @classmethod
    async def build(cls, home: Home) -> Desk:
        reads = RiskReads(
            home.clock,
            positions_held=STRANGLE,
            prices={"SPY": ("599.99", "600.01"), PUT.occ: ("2.86", "2.94"), CALL.occ: ("2.56", "2.64")},
            deltas={PUT.occ: greeks("-0.30"), CALL.occ: greeks("0.19")},
            told={"SPY": Metrics(D(1))},
        )
        house = await House.build(home, reads=reads)
        ids = RandomIds(clock=house.clock)
        places, feeds = AlertPlaces(messenger=house.slack), HandFeeds()
        looking = RiskLooking(
            store=house.store,
            reads=reads,
            following=house.following,
            clock=house.clock,
            exchange_zone=EXCHANGE_ZONE,
        )
        async with house.sql.begin() as tx:
            lease = await tx.leases.take("stream", "test", seconds=15, now=house.clock.now())
        assert lease is not None
        return cls(
            house,
            reads,
            RiskWatch(store=house.store, looking=looking, feeds=feeds, clock=house.clock, ids=ids),
            Risk(
                store=house.store,
                accounts=Accounts(store=house.store, reads=reads),
                looking=looking,
                reads=reads,
                places=places,
                escalating=Escalating(store=house.store, places=places, admin_channel="CADMIN"),
                clock=house.clock,
                ids=ids,
            ),
            lease,
            feeds,
        )

    async def say(self, text: str, who: Any = ANA, channel: str = "") -> RiskShown:
        return await self.risk.said(who, parse_risk(text), channel)

    async def look(self, seconds: float = HELD_SECONDS) -> None:
        """One round after so much time, and the looks that it began."""
        self.house.clock.advance(seconds)
        looks: dict[Any, asyncio.Task[None]] = {}
        await self.watch.round(self.lease, looks)
        for task in looks.values():
            await task

    async def delta(self, put: str) -> None:
        self.reads.deltas[PUT.occ] = greeks(put)
        await self.look()

    async def open(self, key: str = KEY) -> tuple[RiskAlert, ...]:
        async with self.house.sql.read() as tx:
            return await tx.risk.open_of(key)

    async def news(self, alert: RiskAlert) -> RiskNews:
        async with self.house.sql.read() as tx:
            entry = await tx.alerts.by_id(alert.id)
        assert entry is not None
        assert isinstance(entry.alert.news, RiskNews)
        return entry.alert.news

    async def stored(self, alert: RiskAlert) -> RiskAlert:
        async with self.house.sql.read() as tx:
            found = await tx.risk.get(alert.id)
        assert found is not None
        return found

    async def close(self, alert: RiskAlert) -> tuple[Intent, ...]:
        """What its button brings."""
        said = await self.risk.closing(ANA, alert.handle)
        return await self.house.previews.preview_sentence(ANA, said)

    async def entries(self, who: str = "U1") -> list[str]:
        """The ids of all that entered routing for somebody."""
        async with self.house.sql.read() as tx:
            return [entry.alert.id for entry in await tx.alerts.of_person("T1", who, 100)]

    async def notices(self) -> list[tuple[str, str]]:
        rows = await self.house.told()
        return [(row.to_user, row.news.kind) for row in rows if isinstance(row.news, NoticeNews)]


@pytest.fixture
async def desk(home: Home) -> Desk:
    return await Desk.build(home)


async def test_an_episode_is_told_once_across_restarts_and_ends_by_an_edit(desk: Desk) -> None:
    """I39, I40: state and message are one; a second watch on the same store repeats nothing and forgets nothing."""
    await desk.say("delta 0.35")
    await desk.look()
    assert await desk.open() == ()
    await desk.delta("-0.36")
    (raised,) = await desk.open()
    assert (raised.preset, raised.subject, raised.last) == (Preset.DELTA, PUT.occ, D("0.36"))
    told = await desk.news(raised)
    assert told.headline == "PRACTICE · Short put tested: SPY 562p Δ −0.36, your line −0.35"
    assert [b.label for b in told.buttons] == [
        "Close at 5.50 …",
        "Roll put …",
        "Line to −0.40",
        "All figures",
    ]
    other = RiskWatch(
        store=desk.house.store,
        looking=desk.watch._looking,
        feeds=desk.feeds,
        clock=desk.house.clock,
        ids=RandomIds(clock=desk.house.clock),
    )
    for watch in (desk.watch, other, other):
        desk.watch = watch
        await desk.look()
    assert await desk.open() == (raised,)
    await desk.delta("-0.33")
    assert len(await desk.open()) == 1  # back, and not yet by its release
    desk.house.clock.advance(60 * 70)
    await desk.delta("-0.28")
    assert await desk.open() == ()
    over = await desk.news(raised)
    assert over.over
    assert over.buttons == ()
    assert over.headline.startswith("PRACTICE · Over: short put SPY 562p Δ −0.28 since ")
    assert over.headline.endswith(", lasted 71 min")
    await desk.delta("-0.37")
    (again,) = await desk.open()
    assert await desk.entries() == [again.id, raised.id]


async def test_nothing_is_told_of_what_was_not_stored(desk: Desk) -> None:
    await desk.say("delta 0.35")
    desk.reads.deltas[PUT.occ] = greeks("-0.36")
    desk.house.store.failures = 1
    await desk.look()  # the day's highest could not be noted
    desk.house.store.failures = 1
    await desk.look()
    assert await desk.open() == ()
    await desk.look(60)
    (raised,) = await desk.open()
    assert (await desk.news(raised)).alert_id == raised.id
    desk.reads.deltas[PUT.occ] = greeks("-0.20")
    desk.house.store.failures = 1
    await desk.look(60)
    assert not (await desk.news(raised)).over
    await desk.look(60)
    assert (await desk.news(raised)).over


async def test_two_who_watch_at_once_raise_it_once(desk: Desk) -> None:
    await desk.say("delta 0.35")
    desk.reads.deltas[PUT.occ] = greeks("-0.36")
    other = RiskWatch(
        store=desk.house.store,
        looking=desk.watch._looking,
        feeds=desk.feeds,
        clock=desk.house.clock,
        ids=RandomIds(clock=desk.house.clock),
    )
    first: dict[Any, asyncio.Task[None]] = {}
    second: dict[Any, asyncio.Task[None]] = {}
    await asyncio.gather(desk.watch.round(desk.lease, first), other.round(desk.lease, second))
    await outcomes(*first.values(), *second.values())
    (raised,) = await desk.open()
    assert await desk.entries() == [raised.id]


async def test_who_lost_the_lease_stores_nothing(desk: Desk) -> None:
    """I60: another's epoch ends the task."""
    await desk.say("delta 0.35")
    desk.reads.deltas[PUT.occ] = greeks("-0.36")
    desk.house.clock.advance(60)
    async with desk.house.sql.begin() as tx:
        assert await tx.leases.take("stream", "another", seconds=15, now=desk.house.clock.now()) is not None
    looks: dict[Any, asyncio.Task[None]] = {}
    await desk.watch.round(desk.lease, looks)
    await outcomes(*looks.values())
    with pytest.raises(Fenced):
        await desk.watch.round(desk.lease, looks)
    assert await desk.open() == ()


async def test_what_cannot_be_read_neither_raises_nor_ends_and_is_announced_where_something_is_held(
    desk: Desk,
) -> None:
    await desk.say("delta 0.35")
    await desk.delta("-0.36")
    (raised,) = await desk.open()
    await desk.house.told()
    desk.reads.fails = {"positions", "balances", "greeks"}
    await desk.look()
    (waits,) = await desk.open()
    assert waits.unknown_since is not None
    assert not (await desk.news(raised)).over
    assert await desk.notices() == []
    for _ in range(3):
        await desk.look(BLIND_SECONDS)
    assert await desk.notices() == [("U1", "risk_blind")]
    assert any(line.startswith("Not known since ") for line in (await desk.news(raised)).lines)
    desk.reads.fails = set()
    await desk.look(60)
    assert await desk.notices() == [("U1", "risk_seen")]
    (still,) = await desk.open()
    assert (still.unknown_since, still.unknown_said) == (None, False)


async def test_an_account_that_holds_nothing_is_blind_in_silence(desk: Desk) -> None:
    desk.reads.positions_held = ()
    await desk.say("day loss 5000")
    await desk.look()
    desk.reads.fails = {"positions", "balances"}
    for _ in range(4):
        await desk.look(BLIND_SECONDS)
    assert await desk.notices() == []


async def test_a_closed_session_wakes_nobody_but_for_what_can_change(desk: Desk) -> None:
    await desk.say("usual")
    desk.reads.session = SessionState.CLOSED
    desk.reads.deltas[PUT.occ] = greeks("-0.60")
    desk.reads.status = TradingStatus(is_in_margin_call=True)
    await desk.look()
    (raised,) = await desk.open()
    assert raised.preset is Preset.MARGIN_CALL
    looked = len(desk.reads.asked)
    await desk.look(HELD_SECONDS * 2)
    assert len(desk.reads.asked) == looked
    await desk.look(CLOSED_SECONDS)
    assert len(desk.reads.asked) > looked


async def test_news_of_the_stream_bring_the_next_look_near(desk: Desk) -> None:
    desk.reads.positions_held = ()
    await desk.say("day loss 500")
    await desk.look()
    looked = len(desk.reads.asked)
    await desk.look(HELD_SECONDS)
    assert len(desk.reads.asked) == looked  # nothing is held: every minute
    desk.watch.account_changed("another")
    await desk.look(3)
    assert len(desk.reads.asked) == looked
    desk.watch.account_changed(NUMBER)
    desk.watch.account_changed(NUMBER)
    await desk.look(3)
    assert len(desk.reads.asked) > looked
    assert EMPTY_SECONDS > HELD_SECONDS


async def test_two_who_watch_one_account_share_its_reads(desk: Desk) -> None:
    await desk.house.grant(Role.RISK, user="U2")
    await desk.say("delta 0.35")
    await desk.say("delta 0.30 in 0001", BEN)
    desk.reads.asked.clear()
    await desk.look()
    assert desk.reads.asked.count("positions") == 1
    (theirs,) = await desk.open("practice:5WT00001:U2")
    assert theirs.owner == "U2"
    assert await desk.open() == ()


async def test_what_somebody_may_not_see_any_more_ends(desk: Desk) -> None:
    await desk.house.grant(Role.RISK, user="U2")
    await desk.say("delta 0.30 in 0001", BEN)
    await desk.delta("-0.36")
    (theirs,) = await desk.open("practice:5WT00001:U2")
    async with desk.house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.RISK)
    await desk.look()
    assert (await desk.stored(theirs)).why_over is Why.UNLINKED
    with pytest.raises((NotConnected, ParseError)):
        await desk.say("in 0001", BEN)


async def test_a_link_that_is_gone_ends_what_was_open_and_a_new_one_takes_over(desk: Desk) -> None:
    await desk.say("delta 0.35")
    await desk.delta("-0.36")
    (raised,) = await desk.open()
    await desk.house.link(id="link2")
    async with desk.house.sql.begin() as tx:
        await tx.links.erase("link1")
    await desk.look()
    assert (await desk.stored(raised)).is_open
    async with desk.house.sql.begin() as tx:
        await tx.links.erase("link2")
    await desk.look()
    assert (await desk.stored(raised)).why_over is Why.UNLINKED
    assert (await desk.news(raised)).headline.endswith("cannot be seen any more, the account is not linked")


async def test_a_position_that_is_closed_and_a_preset_that_is_off_end_what_they_raised(desk: Desk) -> None:
    await desk.say("delta 0.35")
    await desk.say("dte 60")
    await desk.delta("-0.36")
    by = {alert.preset: alert for alert in await desk.open()}
    assert by.keys() == {Preset.DELTA, Preset.DTE}
    await desk.say("off dte")
    await desk.look()
    assert (await desk.stored(by[Preset.DTE])).why_over is Why.OFF
    desk.reads.positions_held = STRANGLE[1:]
    await desk.look()
    assert (await desk.stored(by[Preset.DELTA])).why_over is Why.GONE
    await desk.say("off")
    await desk.look()
    assert await desk.open() == ()


async def test_the_days_highest_outlives_a_restart(desk: Desk) -> None:
    await desk.say("drawdown 3%")
    desk.reads.worth = balances(net_liquidating_value=D(52_000))
    await desk.look()
    desk.reads.worth = balances(net_liquidating_value=D(50_000))
    desk.watch = RiskWatch(
        store=desk.house.store,
        looking=desk.watch._looking,
        feeds=desk.feeds,
        clock=desk.house.clock,
        ids=RandomIds(clock=desk.house.clock),
    )
    await desk.look()
    (raised,) = await desk.open()
    assert raised.last.quantize(D("0.01")) == D("3.85")
    desk.house.clock.advance(timedelta(days=1).total_seconds())
    await desk.look()
    assert await desk.open() == ()  # another day has another highest


async def test_orders_of_elsewhere_are_told_and_our_own_are_not_told_twice(desk: Desk) -> None:
    await desk.say("rejected")
    await desk.say("part filled 5")
    ours = await desk.house.put()
    now = desk.house.clock.now()
    mine = an_order(BrokerStatus.REJECTED, id=78, identifier=ours.identifier, received_at=now)
    theirs = an_order(BrokerStatus.REJECTED, id=79, reject_reason="no <b>margin</b>", received_at=now)
    part = an_order(BrokerStatus.LIVE, "1", id=80, received_at=now - timedelta(minutes=30), minutes=None)
    old = an_order(BrokerStatus.REJECTED, id=81, received_at=now - timedelta(days=2))
    desk.house.desk.listed = [mine, theirs, part, old]
    await desk.look(130)  # the last look at the orders is shared for two minutes
    found = {alert.subject: alert for alert in await desk.open()}
    assert found.keys() == {"79", "80"}
    assert "no <b>margin</b>" in (await desk.news(found["79"])).lines


# --- the verb --------------------------------------------------------------------------------------


async def test_an_empty_desk_is_offered_the_usual_and_one_press_watches_it(desk: Desk) -> None:
    shown = await desk.say("")
    assert shown.watch.settings == ()
    assert not shown.stale
    pressed = await desk.risk.press_set(ANA, shown.usual)
    assert pressed.done == "All the usual is watched"
    assert pressed.watch.lines[Preset.DELTA] == Line(D("0.35"))
    assert await desk.house.audited("risk.set") == [("U1", "ok")]
    off = await desk.risk.press_set(ANA, pressed.handles[Preset.DELTA])
    assert Preset.DELTA not in off.watch.lines
    on = await desk.risk.press_set(ANA, off.handles[Preset.DELTA])
    assert on.watch.lines[Preset.DELTA] == Line(D("0.35"))
    with pytest.raises(NotPermitted):
        await desk.risk.press_set(BEN, on.usual)


async def test_lines_said_in_words_are_kept_and_shown(desk: Desk) -> None:
    await desk.say("day loss 500")
    shown = await desk.say("floor 20000")
    assert shown.done == "Watching floor 20000"
    assert shown.watch.lines == {Preset.DAY_LOSS: Line(D(500)), Preset.FLOOR: Line(D(20_000))}
    again = await desk.say("off")
    assert again.done == "Nothing is watched any more"
    assert again.watch.settings == ()


async def test_an_account_is_its_holders_and_the_role_risks(desk: Desk) -> None:
    await desk.house.link(
        id="link2", user_id="U3", accounts=(BrokerAccount("5WT00009", "", "Individual", "Cash"),)
    )
    with pytest.raises(NotConnected):
        await desk.say("", BEN)
    with pytest.raises(ParseError):
        await desk.say("in 0009")
    await desk.house.grant(Role.RISK, user="U2")
    with pytest.raises(ParseError):
        await desk.say("delta 0.35", BEN)
    shown = await desk.say("delta 0.35 in 0009", BEN)
    assert (shown.watch.account, shown.watch.owner, shown.watch.link_id) == ("5WT00009", "U2", "link2")


async def test_where_it_is_told_has_to_be_a_room_of_the_desk(desk: Desk) -> None:
    facts = ChannelFacts("C0DESK1", "desk", False, False, False, False, True)
    rooms = {"C0DESK1": facts, "C0OUT01": replace(facts, has_outsiders=True)}
    rooms |= {"C0OLD01": replace(facts, is_archived=True), "C0NOT01": replace(facts, bot_is_member=False)}
    desk.house.slack.rooms = {**rooms, "C0GONE1": Gone("channel_not_found")}
    shown = await desk.say("to here", channel="C0DESK1")
    assert shown.watch.channel == "C0DESK1"
    for where in ("C0OUT01", "C0OLD01", "C0NOT01", "C0GONE1"):
        with pytest.raises(ParseError):
            await desk.say(f"to {where}")
    await desk.say("delta 0.35")
    await desk.delta("-0.36")
    (raised,) = await desk.open()
    async with desk.house.sql.read() as tx:
        entry = await tx.alerts.by_id(raised.id)
    assert entry is not None
    assert entry.alert.place == "C0DESK1"
    told = await desk.news(raised)
    for words in (told.room_headline, *told.room_lines, entry.alert.room_words):
        assert "$" not in words
        assert "0001" not in words
    assert (await desk.say("to me")).watch.channel == ""
    desk.house.slack.rooms["C0DESK1"] = replace(facts, is_private=True)
    desk.house.slack.strangers = {ANA.user_id}
    with pytest.raises(ParseError, match="no such channel that you are a member of"):
        await desk.say("to C0DESK1")
    desk.house.slack.strangers = set()
    assert (await desk.say("to C0DESK1")).watch.channel == "C0DESK1"
    desk.house.slack.people["U0GUEST"] = actor(user_id="U0GUEST", is_guest=True)
    with pytest.raises(ParseError):
        await desk.say("to U0GUEST")
    assert (await desk.say("to U0BEN12")).watch.to_user == "U0BEN12"


# --- between two looks -----------------------------------------------------------------------------


async def _until(desk: Desk, count: int) -> tuple[RiskAlert, ...]:
    """So many open alerts; no look is made, and no time passes."""
    async with asyncio.timeout(20):
        while len(found := await desk.open()) != count:
            await asyncio.sleep(0.005)
    return found


async def _followed(desk: Desk, text: str) -> HandFeed:
    """The feed of what is held, with the clock and the first look behind it."""
    await desk.say(text)
    await desk.look()
    (feed,) = desk.feeds.opened
    desk.house.clock.advance(1)
    feed.at = desk.house.clock.now()
    desk.reads.asked.clear()
    return feed


def _market(feed: HandFeed, symbol: str, bid: str, ask: str) -> None:
    feed.tick(bid, symbol=symbol, field=Field.BID)
    feed.tick(ask, symbol=symbol, field=Field.ASK)


async def test_a_short_strike_is_told_at_the_tick_that_touches_it(desk: Desk) -> None:
    """No look at the broker lies between the tick and the alert; it is over by a tick too."""
    feed = await _followed(desk, "tested")
    assert {key.streamer_symbol for key in feed.wanted} == {"SPY", f".{PUT.occ}", f".{CALL.occ}"}
    _market(feed, "SPY", "561.98", "562.00")
    (raised,) = await _until(desk, 1)
    assert raised.figures.spot == D("561.99")
    _market(feed, "SPY", "590.00", "590.02")
    await _until(desk, 0)
    assert (await desk.stored(raised)).why_over is Why.BACK
    assert desk.reads.asked == []
    await desk.watch._live.close()
    assert feed.is_closed


async def test_a_strike_that_was_touched_between_two_ticks_is_told(desk: Desk) -> None:
    feed = await _followed(desk, "tested")
    _market(feed, "SPY", "561.98", "562.00")
    _market(feed, "SPY", "590.00", "590.02")  # nobody has looked meanwhile: the low is all that tells
    async with asyncio.timeout(20):
        while not (told := await desk.entries()):
            await asyncio.sleep(0.005)
    assert len(told) == 1
    await _until(desk, 0)


@pytest.mark.parametrize(
    ("text", "symbol", "ticks"),
    [
        ("delta 0.35", PUT.occ, ((Field.DELTA, "-0.36"),)),
        ("loss 1x", PUT.occ, ((Field.BID, "19.90"), (Field.ASK, "20.10"))),
    ],
)
async def test_greeks_and_marks_are_followed_too(
    desk: Desk, text: str, symbol: str, ticks: tuple[tuple[Field, str], ...]
) -> None:
    feed = await _followed(desk, text)
    for field_, price in ticks:
        feed.tick(price, symbol=f".{symbol}", field=field_)
    await _until(desk, 1)


async def test_what_the_stream_cannot_know_changes_nothing(desk: Desk) -> None:
    """A crossed market, a blind line, an older value, and a look that is too old."""
    feed = await _followed(desk, "tested")
    _market(feed, "SPY", "561.98", "500.00")
    feed.at -= timedelta(hours=1)
    feed.tell(Spans((), blind_since=desk.house.clock.now()))
    async with asyncio.timeout(20):
        while not feed.is_idle:
            await asyncio.sleep(0.005)
    desk.house.clock.advance(61)
    feed.at = desk.house.clock.now()
    _market(feed, "SPY", "561.98", "562.00")
    async with asyncio.timeout(20):
        while not feed.is_idle:
            await asyncio.sleep(0.005)
    assert await desk.open() == ()


async def test_news_of_the_account_wakes_the_watch_at_once(desk: Desk) -> None:
    """Without waiting for a round: what the stream tells is looked at while it is news."""
    await desk.say("floor 900")
    running = asyncio.create_task(desk.watch.run(desk.lease))
    async with asyncio.timeout(20):
        while "balances" not in desk.reads.asked:
            await asyncio.sleep(0.005)
        desk.reads.worth = replace(desk.reads.worth, net_liquidating_value=D(800))
        desk.house.clock.advance(3)
        desk.watch.account_changed(NUMBER)
        while not await desk.open():
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_critical_of_an_account_is_passed_on_as_its_watcher_says(desk: Desk) -> None:
    with pytest.raises(NotPermitted, match="nobody holds the role risk"):
        await desk.say("escalate to risk after 10m")
    await desk.house.grant(Role.RISK, user="U2")
    said = Escalation("risk", timedelta(minutes=10))
    assert (await desk.say("escalate to risk after 10m")).watch.escalate == said
    await desk.say("floor 900000")
    await desk.look()
    (raised,) = await desk.open()
    async with desk.house.sql.read() as tx:
        entry = await tx.alerts.by_id(raised.id)
    assert entry is not None
    assert (entry.alert.is_critical, entry.alert.escalate) == (True, said)
    assert (await desk.say("escalate usual")).watch.escalate is None


async def test_the_last_figures_are_shown_with_their_age_while_the_broker_is_silent(desk: Desk) -> None:
    first = await desk.say("delta 0.35")
    desk.reads.fails = {"balances", "positions"}
    desk.house.clock.advance(180)
    shown = await desk.say("")
    assert shown.stale
    assert shown.view.at == first.view.at


# --- remedies --------------------------------------------------------------------------------------


async def raised_put(desk: Desk) -> RiskAlert:
    await desk.say("delta 0.35")
    await desk.delta("-0.36")
    (raised,) = await desk.open()
    return raised


async def test_close_makes_one_preview_that_closes_what_is_held_now(desk: Desk) -> None:
    raised = await raised_put(desk)
    (preview,) = await desk.close(raised)
    assert {(leg.symbol, leg.action, leg.quantity) for leg in preview.terms.legs} == {
        (PUT.occ, Action.BUY_TO_CLOSE, D(2)),
        (CALL.occ, Action.BUY_TO_CLOSE, D(2)),
    }
    assert preview.terms.price == D("-5.50")
    assert desk.house.desk.sent == []
    desk.reads.positions_held = (held(PUT, -1, "1.80", "2.90"),)
    (less,) = await desk.close(raised)
    assert [(leg.symbol, leg.quantity) for leg in less.terms.legs] == [(PUT.occ, D(1))]
    desk.reads.positions_held = ()
    with pytest.raises(NotFound):
        await desk.risk.closing(ANA, raised.handle)
    desk.reads.positions_held = STRANGLE
    roll = await desk.risk.rolling(ANA, raised.handle)
    assert said_text(roll) == f"roll SPY puts 45d same delta in {NUMBER}"


async def test_only_the_holder_of_the_account_closes_in_it(desk: Desk) -> None:
    raised = await raised_put(desk)
    with pytest.raises(NotPermitted):
        await desk.risk.closing(BEN, raised.handle)
    await desk.house.grant(Role.RISK, user="U2")
    await desk.say("delta 0.30 in 0001", BEN)
    await desk.look()
    (theirs,) = await desk.open("practice:5WT00001:U2")
    with pytest.raises(NotPermitted):
        await desk.risk.closing(BEN, theirs.handle)
    assert (await desk.risk.show_of(BEN, theirs.handle)).watch.owner == "U2"
    assert (await desk.risk.account_of(ANA, raised.handle)).number == NUMBER


async def test_the_line_is_moved_by_its_button_and_the_alert_is_over(desk: Desk) -> None:
    raised = await raised_put(desk)
    after = await desk.risk.move_line(ANA, raised.handle)
    assert (after.state, after.why_over) == (State.OVER, Why.MOVED)
    assert (await desk.news(raised)).headline.endswith("the line of short put SPY 562p was moved to −0.40")
    with pytest.raises(AlreadyHandled):
        await desk.risk.move_line(ANA, raised.handle)
    await desk.look(60)
    assert await desk.open() == ()
    await desk.delta("-0.40")
    assert len(await desk.open()) == 1


async def test_a_line_without_a_further_one_is_said_in_words(desk: Desk) -> None:
    await desk.say("dte 60")
    await desk.look()
    (raised,) = await desk.open()
    with pytest.raises(NotFound):
        await desk.risk.move_line(ANA, raised.handle)


async def test_futures_are_looked_at_when_options_sleep(desk: Desk) -> None:
    future = held("/ESZ6", 1, "6000", "5900", instrument_type=InstrumentType.FUTURE)
    desk.reads.positions_held = (future,)
    desk.reads.session = SessionState.CLOSED
    desk.reads.worth = balances(day_change=D(-5000))
    await desk.say("day loss 500")
    await desk.look()
    assert [alert.preset for alert in await desk.open()] == [Preset.DAY_LOSS]
