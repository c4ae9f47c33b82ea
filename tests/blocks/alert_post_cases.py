"""The cards of alerts as they are told, and of the answers about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from senexbot.blocks import alert_answers, alert_posts
from senexbot.blocks.alert_posts import TOP, Face
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.alerting.terms import Severity
from senexbot.domain.news import RiskButton
from senexbot.domain.routing.digest import gathered
from senexbot.domain.routing.entry import Entry, Outcome, Reason
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.quiet_hours import QuietHours
from tests.domain.routing.builders import NOON, a_risk, alert_news, an_alert, entry, risk_news

NOW = NOON + timedelta(seconds=1)
ANA, BEN = "U0ANA0000", "U0BEN0000"
OWN = Face(NOW, reader=ANA)
ROOM = Face(NOW, mentioned=frozenset({ANA}))
SILENT = Face(NOW)
NIGHT = QuietHours(22 * 60, 7 * 60, "America/New_York")
HELD = Outcome.HELD


def _price(number: int = 1, **more: object) -> Entry:
    news = alert_news(number, owner=ANA, **more)
    severity = Severity.WARNING
    return entry(1000 + number, an_alert(number, owner=ANA, news=news, severity=severity))


def _risk(number: int = 1, **more: object) -> Entry:
    buttons = (RiskButton("rule_delete", "Close at 5.50 …", "h-close"),)
    news = risk_news(number, owner=ANA, buttons=buttons, **more)
    return entry(2000 + number, a_risk(number, owner=ANA, news=news))


def _crowd() -> list[Entry]:
    found = [_risk(1), _risk(2)]
    found += [
        replace(e, alert=replace(e.alert, account=f"5WT0000{e.number % 6}"))
        for e in map(_price, range(1, 40))
    ]
    symbols = ["SPY", "AAPL", "MSFT", "SPY   261218P00590000", ""]
    return [
        replace(e, alert=replace(e.alert, symbol=symbols[n % 5], at=NOON - timedelta(seconds=60 - n)))
        if n > 1
        else e
        for n, e in enumerate(found)
    ]


def alert_posts_cards() -> Mapping[str, Message]:
    spy = _price(
        headline="SPY 589.80, under 590 for 2 min",
        words="SPY < 590 for 2m daily until 18dec",
        trade="h-trade",
        snooze="h-snooze",
        move="h-move",
    )
    critical = replace(spy, alert=replace(spy.alert, severity=Severity.CRITICAL))
    had = replace(_risk(), acked_by=BEN, acked_at=NOON)
    crowd = _crowd()
    all_had = [replace(e, acked_by=BEN, acked_at=NOON) for e in crowd]
    notices = [
        replace(e, alert=replace(e.alert, severity=Severity.NOTICE)) for e in map(_price, range(1, 16))
    ]
    told = replace(gathered(all_had, TOP), acked_by=BEN, acked_at=NOON)
    over = _risk(2, over=True, room_headline="Over: SPY 562p Δ −0.28 since 14:20, lasted 72 min")
    traded = [_price(n, symbol=s, trade=f"h{n}") for n, s in ((1, "SPY"), (2, "AAPL"), (3, "MSFT"))]
    others = replace(_risk(9), alert=replace(_risk(9).alert, owner=BEN))
    third = replace(others, alert=replace(others.alert, owner="U0CARA000", handle=""))
    fourth = replace(others, alert=replace(others.alert, owner="U0DAN0000"))
    return {
        "fired": alert_posts.fired(spy, OWN),
        "fired, critical": alert_posts.fired(critical, OWN),
        "fired, first grammar": alert_posts.fired(_price(headline="", again=""), OWN),
        "fired, in a room": alert_posts.fired(spy, ROOM),
        "fired, in a room that buzzes nobody": alert_posts.fired(_price(asked=True), SILENT),
        "fired, told to another": alert_posts.fired(_price(asked=True), Face(NOW, reader=BEN)),
        "fired, asked": alert_posts.fired(_price(asked=True), OWN),
        "fired, late": alert_posts.fired(_price(late=True), OWN),
        "fired, gap check": alert_posts.fired(_price(gap_check=True), OWN),
        "fired, possible repeat": alert_posts.fired(spy, replace(OWN, maybe_repeat=True)),
        "risk": alert_posts.fired(_risk(), OWN),
        "risk, in a room": alert_posts.fired(_risk(), ROOM),
        "risk, late": alert_posts.fired(_risk(late=True), OWN),
        "risk, somebody has it": alert_posts.fired(had, ROOM),
        "risk, over": alert_posts.fired(over, ROOM),
        "burst of one": alert_posts.burst(gathered([spy], TOP), OWN),
        "burst": alert_posts.burst(gathered(crowd, TOP), ROOM),
        "burst, own": alert_posts.burst(gathered(crowd, TOP), OWN),
        "burst, somebody has it": alert_posts.burst(told, ROOM),
        "burst, nothing critical": alert_posts.burst(gathered(notices, TOP), SILENT),
        "burst, few": alert_posts.burst(gathered([*traded, over, _price(4, late=True)], TOP), OWN),
        "burst, one late": alert_posts.burst(
            gathered([_price(1), replace(_price(2), alert=replace(_price(2).alert, late=True))], TOP), SILENT
        ),
        "burst, without buttons": alert_posts.burst(
            gathered([replace(e, alert=replace(e.alert, handle="")) for e in traded], TOP), SILENT
        ),
        "burst, many symbols, possible repeat": alert_posts.burst(
            gathered(
                [replace(e, alert=replace(e.alert, symbol=f"SYM{e.number}")) for e in map(_price, range(20))],
                TOP,
            ),
            replace(ROOM, maybe_repeat=True),
        ),
        "after quiet hours": alert_posts.burst(gathered(notices, TOP), OWN, quiet=NIGHT.words),
        "called": alert_posts.called(1, [_risk()], OWN, where="https://slack.test/C1/1"),
        "called, in a room": alert_posts.called(3, [_risk(), _risk(2)], ROOM, where=""),
        "called, whom nobody owns": alert_posts.called(3, [], SILENT, where=""),
        "nobody has it": alert_posts.escalated(
            [_risk()], SILENT, since=NOON - timedelta(minutes=5), where="https://slack.test/C1/1"
        ),
        "nobody has it, nobody else to ask": alert_posts.escalated([_risk()], OWN, since=NOON, where=""),
        "nobody has them, of many": alert_posts.escalated(
            [third, others, fourth, _risk()], SILENT, since=NOON, where=""
        ),
        "had": alert_answers.have_it([_risk(), _risk(2)]),
        "snoozed": alert_answers.snoozed(spy, NOON + timedelta(hours=1), OWN),
        **_whys(spy),
        **_quiets(),
        **_escalations(),
    }


def _whys(spy: Entry) -> dict[str, Message]:
    told = replace(spy, outcome=Outcome.BUZZ, place=ANA, told_at=NOON)
    until = datetime(2026, 11, 24, 12, tzinfo=UTC)
    cared = replace(told, acked_by=BEN, acked_at=NOON, escalated_at=NOON)
    held = {
        reason.value: replace(spy, outcome=HELD, reason=reason, until=until, ref=1001)
        for reason in Reason
        if reason not in {Reason.RATE, Reason.MERGED_INTO}
    }
    merged = replace(told, outcome=Outcome.DIGEST, reason=Reason.MERGED_INTO, place="C0TRADING")
    moved = replace(told, reason=Reason.AUDIENCE, moved_from="C0TRADING")
    summary = replace(told, outcome=Outcome.SUMMARY, reason=Reason.QUIET_HOURS)
    waits = replace(spy, reason=Reason.RATE, until=until)
    return {
        "why: told": alert_answers.why(told, OWN, where="https://slack.test/C1/1"),
        "why: cared for": alert_answers.why(cared, OWN),
        "why: in one message": alert_answers.why(merged, OWN),
        "why: moved": alert_answers.why(moved, OWN),
        "why: after quiet hours": alert_answers.why(summary, OWN),
        "why: waits": alert_answers.why(waits, OWN),
        "why: waits, since now": alert_answers.why(spy, OWN),
        **{f"why: {name}": alert_answers.why(one, OWN) for name, one in held.items()},
        "why: snoozed for good": alert_answers.why(replace(held["snoozed"], until=None), OWN),
        "why: the last ones": alert_answers.why_list([told, merged, *held.values()], OWN),
        "why: none": alert_answers.why_list([], OWN),
    }


def _escalations() -> dict[str, Message]:
    usual, risk = Escalation(), Escalation("risk", timedelta(minutes=10))
    return {
        "passed on: usual": alert_answers.escalation(usual, admin_channel="", done=False),
        "passed on: usual, with a channel": alert_answers.escalation(
            usual, admin_channel="C0ADMIN0", done=False
        ),
        "passed on: set": alert_answers.escalation(risk, admin_channel="C0ADMIN0", done=True),
    }


def _quiets() -> dict[str, Message]:
    until = datetime(2026, 11, 24, 12, tzinfo=UTC)
    return {
        "quiet hours": alert_answers.quiet(NIGHT, None, 0, now=NOW),
        "quiet hours, now": alert_answers.quiet(NIGHT, until, 2, now=NOW),
        "quiet hours, over by the change": alert_answers.quiet(NIGHT, None, 1, now=NOW),
        "quiet hours, none": alert_answers.quiet(None, None, 0, now=NOW),
        "quiet hours, ended": alert_answers.quiet(None, None, 3, now=NOW),
    }


def alert_lists() -> Mapping[str, Modal]:
    crowd = _crowd()
    pages = {"first": (0, crowd[:20]), "second": (20, crowd[20:40]), "last": (40, crowd[40:])}
    return {
        f"all, {name} page": alert_answers.all_of(
            shown, ROOM, offset=offset, total=len(crowd), handle="h", page=20
        )
        for name, (offset, shown) in pages.items()
    } | {"all of few": alert_answers.all_of(crowd[:3], OWN, offset=0, total=3, handle="h", page=20)}
