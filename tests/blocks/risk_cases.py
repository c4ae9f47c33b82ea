"""Risk as people read it: each alert raised, followed and over, to its owner and in a room; and the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from senexbot.blocks.alert_posts import Face, burst, fired
from senexbot.blocks.kit import Message, Modal
from senexbot.blocks.risk import one_line, risk_news
from senexbot.blocks.risk_list import risk_list
from senexbot.domain.links import Environment
from senexbot.domain.market import TradingStatus
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.risk.alerts import RiskAlert, State, Why, ended
from senexbot.domain.risk.looking import Finding, Look, look
from senexbot.domain.risk.presets import KINDS, Line, Preset
from senexbot.domain.risk.view import Metrics, RiskView
from senexbot.domain.risk.watches import Watch, watch_id, with_line, with_usual
from senexbot.domain.routing.digest import gathered
from senexbot.domain.routing.entry import Entry
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.raised import Raised
from tests.domain.risk.world import (
    CALL,
    NOW,
    PUT,
    STRANGLE,
    TODAY,
    D,
    an_order,
    balances,
    contract,
    greeks,
    held,
    view,
)

ET = timezone(timedelta(hours=-5))
NEAR = contract(605, day=TODAY + timedelta(days=1))
COVERED = contract(590, "C", day=TODAY + timedelta(days=10))
RANK = {"SPY": Metrics(D(1), D("0.62"), TODAY + timedelta(days=7), TODAY + timedelta(days=3), D("1.80"))}
WORLD: dict[Preset, RiskView] = {
    Preset.DAY_LOSS: view(balances=balances(day_change=D("-1012.50"))),
    Preset.DRAWDOWN: view(peak=D(52_000)),
    Preset.FLOOR: view(balances=balances(net_liquidating_value=D(19_900))),
    Preset.BUYING_POWER: view(balances=balances(derivative_buying_power=D(20_000))),
    Preset.CUSHION: view(balances=balances(maintenance_requirement=D(46_000))),
    Preset.MARGIN_CALL: view(status=TradingStatus(is_in_margin_call=True)),
    Preset.SIZE: view(held(PUT, 20, "3.00", "2.00")),
    Preset.TESTED: replace(
        view(), quotes={**view().quotes, "SPY": replace(view().quotes["SPY"], bid=D(561), ask=D(561))}
    ),
    Preset.PROFIT: view(held(PUT, -2, "1.80", "0.90"), held(CALL, -2, "1.66", "0.80"), quotes={}),
    Preset.LOSS: view(held(PUT, -2, "1.80", "5.80")),
    Preset.MAX_LOSS: view(held(PUT, 2, "2.00", "0.40")),
    Preset.DTE: view(today=TODAY + timedelta(days=18), metrics=RANK),
    Preset.ASSIGNMENT: view(held(NEAR, -1, "5", "5.40")),
    Preset.EXERCISE: view(held(NEAR, 1, "5", "5.40")),
    Preset.DIVIDEND: view(held(COVERED, -1, "8", "10.40"), metrics=RANK),
    Preset.EARNINGS: view(metrics=RANK),
    Preset.EX_DIVIDEND: view(metrics=RANK),
    Preset.REJECTED: view(
        orders=(an_order(BrokerStatus.REJECTED, reject_reason="Insufficient *buying* <power>"),)
    ),
    Preset.PART_FILLED: view(orders=(an_order(BrokerStatus.LIVE, "1"),)),
    Preset.RESTRICTED: view(status=TradingStatus(is_closing_only=True)),
}
LINES = {
    Preset.FLOOR: Line(D(20_000)),
    Preset.BETA_DELTA: Line(D(30)),
    Preset.THETA: Line(D(30)),
    Preset.VEGA: Line(D(100)),
}


def finding(preset: Preset) -> Finding:
    seen = WORLD.get(preset, view())
    line = LINES.get(preset) or KINDS[preset].default
    assert line is not None
    return max(look(seen, {preset: line}).of(preset), key=lambda f: f.stand.value == "holds")


def alert(preset: Preset = Preset.DELTA, **changes: Any) -> RiskAlert:
    found = finding(preset)
    assert found.reading.value is not None
    assert found.line is not None
    value = found.reading.value
    made = RiskAlert(
        id="01RISK",
        watch_id="live:5WT00001:U00001",
        team_id="T1",
        owner="U00001",
        link_id="L1",
        environment=Environment.LIVE,
        account="5WT00001",
        preset=preset,
        subject=found.reading.subject,
        version=1,
        state=State.OPEN,
        line=found.line,
        first=value,
        last=value,
        worst=value,
        raised_at=NOW - timedelta(minutes=72),
        seen_at=NOW - timedelta(seconds=1),
        shown_at=NOW,
        figures=found.reading.figures,
        severity=KINDS[preset].severity,
        handle="h1",
    )
    return replace(made, **changes)


def told(made: RiskAlert, *, room: bool = False) -> Message:
    """As its owner reads it, or a room."""
    return fired(entry(made, room=room), face(made, room=room))


def face(made: RiskAlert, *, room: bool) -> Face:
    return Face(NOW, reader="" if room else made.owner, mentioned=frozenset({made.owner}))


def entry(made: RiskAlert, *, room: bool = False) -> Entry:
    news = risk_news(made, now=NOW, zone=ET)
    raised = Raised(
        id=made.id,
        kind=news.kind,
        owner=made.owner,
        team_id=made.team_id,
        severity=made.severity,
        words=one_line(news),
        room_words=one_line(news, in_room=True),
        at=made.raised_at,
        news=news,
        handle="h2",
        symbol=made.figures.underlying,
        subject=made.open_key,
    )
    return Entry(1042, raised, "C0DESK1" if room else made.owner)


def together(*made: RiskAlert, room: bool = False) -> Message:
    return burst(gathered([entry(one, room=room) for one in made], 5), face(made[0], room=room))


def risk_cards() -> Mapping[str, Message | Modal]:
    raised = {f"raised: {preset.value}": told(alert(preset)) for preset in Preset}
    rooms = {f"in a room: {preset.value}": told(alert(preset), room=True) for preset in Preset}
    back = replace(alert(), last=D("0.28"), worst=D("0.41"))
    money = replace(alert(Preset.DAY_LOSS), last=D(400))
    lost = alert(Preset.DELTA, unknown_since=NOW - timedelta(minutes=5), unknown_said=True)
    bare = replace(alert().figures, pnl=None, bid=None, spot=None, day=None)
    quiet = replace(alert(Preset.TESTED), figures=replace(bare, iv_rank=D("0.62")))
    return {
        **raised,
        **rooms,
        "grown worse": told(replace(alert(), last=D("0.41"), worst=D("0.44"))),
        "a short call": told(
            replace(alert(), figures=replace(alert().figures, right="call", what="SPY 630c"))
        ),
        "not known for a while": told(lost),
        "not known for a while, in a room": told(lost, room=True),
        "little is known": told(quiet),
        "account, net liquidation not known": told(
            replace(
                alert(Preset.MARGIN_CALL), figures=replace(alert(Preset.MARGIN_CALL).figures, net_liq=None)
            )
        ),
        "a debit, nothing paid": told(
            replace(alert(Preset.DTE), figures=replace(alert(Preset.DTE).figures, credit=D(0), pays=False))
        ),
        "gained, in a room": told(alert(Preset.PROFIT), room=True),
        "over: back": told(ended(back, Why.BACK, NOW)),
        "over: back, in a room": told(ended(back, Why.BACK, NOW), room=True),
        "over: dollars": told(ended(money, Why.BACK, NOW)),
        "over: dollars, in a room": told(ended(money, Why.BACK, NOW), room=True),
        "over: margin call": told(ended(alert(Preset.MARGIN_CALL), Why.BACK, NOW)),
        "over: without its time": told(replace(ended(back, Why.BACK, NOW), over_at=None)),
        "over: share of the account": told(ended(alert(Preset.CONCENTRATION), Why.BACK, NOW)),
        "over: long option": told(ended(alert(Preset.EXERCISE), Why.BACK, NOW)),
        "over: trade": told(ended(alert(Preset.LOSS), Why.BACK, NOW)),
        "over: not held": told(ended(alert(), Why.GONE, NOW)),
        "over: not listed": told(ended(alert(Preset.REJECTED), Why.GONE, NOW)),
        "over: off": told(ended(alert(Preset.DTE), Why.OFF, NOW)),
        "over: line moved": told(replace(ended(alert(), Why.MOVED, NOW), line=D("0.40"))),
        "over: line moved, in a room": told(ended(alert(Preset.DAY_LOSS), Why.MOVED, NOW), room=True),
        "over: not linked": told(ended(alert(Preset.CUSHION), Why.UNLINKED, NOW)),
        "together: one trade": together(alert(), alert(Preset.LOSS), alert(Preset.DTE)),
        "together: one trade, in a room": together(alert(), alert(Preset.LOSS), room=True),
        "together: the account, and one that is over": together(
            alert(Preset.DAY_LOSS), alert(Preset.CUSHION), ended(alert(), Why.BACK, NOW)
        ),
        **_lists(),
    }


def _lists() -> dict[str, Message]:
    bare = Watch(
        watch_id(Environment.LIVE, "5WT00001", "U00001"),
        "T1",
        "U00001",
        "L1",
        Environment.LIVE,
        "5WT00001",
        0,
    )
    usual = with_line(with_usual(bare), Preset.FLOOR, Line(D(20_000)))
    own = with_line(with_line(bare, Preset.DELTA, Line(D("0.30"))), Preset.DAY_LOSS, Line(D(500)))
    seen = view(metrics=RANK, orders=(an_order(BrokerStatus.LIVE, "1"),))
    handles = {preset: f"h-{preset.name}" for preset in Preset if preset is not Preset.FLOOR}
    blind = view(balances=None, positions=None, status=None, peak=None)
    short = view(greeks={CALL.occ: greeks("0.40")})

    def shown(watch: Watch, what: RiskView, **more: Any) -> Message:
        found: Look = look(what, watch.lines)
        given: dict[str, Any] = {"now": NOW, "handles": handles, "usual": "h-usual"}
        return risk_list(watch, what, found, **given | more)

    return {
        "list: nothing watched": shown(bare, seen),
        "list: all the usual": shown(usual, seen),
        "list: two, one changed": shown(own, seen, done="Watching delta 0.3"),
        "list: told in a room": shown(replace(own, channel="C0DESK1"), short),
        "list: passed on": shown(replace(own, escalate=Escalation("risk", timedelta(minutes=10))), short),
        "list: told to another": shown(replace(own, to_user="U00002"), view(peak=D(50_000))),
        "list: told to oneself": shown(
            replace(own, to_user="U00001"), view(peak=None, balances=balances(day_change=None))
        ),
        "list: the broker is silent": shown(own, replace(seen, at=NOW - timedelta(minutes=3)), stale=True),
        "list: nothing could be read": shown(usual, blind),
        "list: nothing could be read, ever": shown(own, blind, stale=True),
        "list: two short options over": shown(
            with_line(bare, Preset.DELTA, Line(D("0.18"))), view(), handles={}, usual=""
        ),
        "list: a good day": shown(
            usual,
            view(
                held(PUT, -2, "1.80", "0.90"),
                held(CALL, -2, "1.66", "0.80"),
                balances=balances(day_change=D(700)),
            ),
        ),
        "list: shares alone": shown(
            usual, view(held("SPY", 10, "590", "600"), status=TradingStatus(is_frozen=True))
        ),
    }


assert datetime(2026, 11, 30, 15, tzinfo=UTC) == NOW
assert STRANGLE
