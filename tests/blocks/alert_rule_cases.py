"""The cards of standing alerts: set, listed, changed, paused, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from senexbot.blocks import alert_rules as blocks
from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.alerting.nearness import Distance
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import Field, Ratio, Source

from .builders import NOW, D, ago, alert_rule

SPY = Source("SPY")
NEAR = Distance(SPY, D("602.14"), D("12.14"), D("2.016"))
CARD = "SPY < 590 for 2m daily market hours until 18 dec"
STRANGLE = "SPY 18DEC26 562p + SPY 18DEC26 630c > 5"
MENU = (("Change", "handle-of-22-letters-1"), ("Pause", "h2"), ("Delete alert", "h3"))


def alert_rule_cards() -> Mapping[str, Message | Modal]:
    plain, full = alert_rule("AAPL > 200"), alert_rule(CARD, channel="")
    paused = alert_rule("AAPL > 200", RuleState.PAUSED)
    far = Distance(Source("AAPL"), D("187.47"), D("12.53"), D("6.684"))
    zero = Distance(SPY, D(0), D("2.5"), None)
    ratio = Distance(Ratio(SPY, Source("QQQ")), D("1.160012345"), D("0.039987655"), D("3.447"))
    long = alert_rule(
        "(AAPL > 200 or < 180) for 5m and SPY 18DEC26 562p delta < -0.35 every time rearm 1 cooldown 30m"
    )
    rows = [
        blocks.RuleRow(plain, far, MENU),
        blocks.RuleRow(alert_rule("SPY < 590 until 18 dec", channel="", number=12), NEAR, MENU),
        blocks.RuleRow(
            alert_rule("AAPL > 190", RuleState.WAITING), Distance(Source("AAPL"), D(195), D(0), D(0)), MENU
        ),
        blocks.RuleRow(alert_rule("SPY - QQQ > 2.5", owner="U00002"), zero, MENU[1:], is_mine=False),
        blocks.RuleRow(alert_rule("AAPL > 7", owner="U00002", channel=""), far, MENU[1:], is_mine=False),
        blocks.RuleRow(alert_rule("AAPL > 200 to U00003", to_user="U00003", channel=""), None, MENU),
        blocks.RuleRow(alert_rule("MSFT > 9", RuleState.PARKED, reason="the link is broken"), None, MENU),
        blocks.RuleRow(alert_rule("MSFT > 9", RuleState.PARKED), None),
        blocks.RuleRow(alert_rule("MSFT > 9 daily", RuleState.RESTING, fired_at=ago(90)), None, MENU),
        blocks.RuleRow(alert_rule("MSFT > 9 daily", RuleState.RESTING), None, MENU),
        blocks.RuleRow(paused, far, MENU),
        blocks.RuleRow(
            alert_rule("A > 9", RuleState.PAUSED, snoozed_until=NOW + timedelta(hours=1)), far, MENU
        ),
    ]
    said = {"handle": "h"}
    history = "would have fired 3 times in 30 days"
    return {
        "set": blocks.alert_set(full, distance=NEAR, is_true=False, history=history, **said),
        "set, plain": blocks.alert_set(plain, distance=far, is_true=False, **said),
        "set, nothing known": blocks.alert_set(
            alert_rule("AAPL iv > 45"), distance=None, is_true=None, **said
        ),
        "set, a moment": blocks.alert_set(
            alert_rule("AAPL new 52-week high"), distance=None, is_true=False, **said
        ),
        "set, moved": blocks.alert_set(
            full, distance=NEAR, is_true=False, moved_why="I am not a member of that channel", **said
        ),
        "set, for somebody": blocks.alert_set(
            alert_rule("AAPL > 200", to_user="U00002", channel=""), distance=far, is_true=False, **said
        ),
        "set, passed on by its own rule": blocks.alert_set(
            alert_rule("AAPL > 200 critical escalate to risk after 10m"),
            distance=far,
            is_true=False,
            **said,
        ),
        "set, passed on to a person": blocks.alert_set(
            alert_rule("AAPL > 200 critical escalate to U00003"), distance=far, is_true=False, **said
        ),
        "set, passed on in a channel": blocks.alert_set(
            alert_rule("AAPL > 200 critical escalate to C00003 after 1h"), distance=far, is_true=False, **said
        ),
        "set, volatility": blocks.alert_set(
            alert_rule("AAPL iv > 45"),
            distance=Distance(Source("AAPL", Field.IV), D("25.8806"), D("19.1194"), D("73.87")),
            is_true=False,
            **said,
        ),
        "set, position": blocks.alert_set(alert_rule(STRANGLE), distance=zero, is_true=False, **said),
        "set, ratio": blocks.alert_set(alert_rule("SPY / QQQ > 1.2"), distance=ratio, is_true=False, **said),
        "set, long": blocks.alert_set(
            long, distance=far, is_true=None, says=(SayButton("Test it", "h"),), **said
        ),
        "true already": blocks.alert_set(
            plain, distance=Distance(Source("AAPL"), D("201.10"), D(0), D(0)), is_true=True, **said
        ),
        "true already, value not known": blocks.alert_set(plain, distance=None, is_true=True, **said),
        "changed": blocks.alert_set(plain, distance=far, is_true=False, was="AAPL > 190.00", **said),
        "changed, true already": blocks.alert_set(
            plain,
            distance=Distance(Source("AAPL", Field.BID), D(201), D(0), D(0)),
            is_true=True,
            was="AAPL < 1.00",
            **said,
        ),
        "changed, paused": blocks.alert_set(paused, distance=far, is_true=False, was="AAPL > 190.00", **said),
        "list": blocks.alert_list(rows, now=NOW),
        "list: none": blocks.alert_list([], now=NOW, says=(SayButton("Watch SPY", "h"),)),
        "list: one": blocks.alert_list(rows[:1], now=NOW),
        "list: many": blocks.alert_list([rows[0]] * 25, now=NOW),
        "one": blocks.alert_shown(full, now=NOW, handle="h"),
        "one, fired": blocks.alert_shown(alert_rule("AAPL > 200", RuleState.FIRED), now=NOW, handle="h"),
        "form": blocks.alert_form(full, "h"),
        "paused": blocks.alert_paused(paused, says=(SayButton("Resume", "h"),)),
        "resumed": blocks.alert_resumed(plain),
        "deleted": blocks.alert_deleted(full),
    }
