"""One risk alert in words: raised, followed, over; to its owner with money and remedies, in a room with neither.

Plain text, which whoever renders it escapes once.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId
from senexbot.domain.news import RiskButton, RiskNews
from senexbot.domain.risk.alerts import RiskAlert, Why, moved_line
from senexbot.domain.risk.presets import KINDS, Line, Preset, Unit
from senexbot.domain.risk.saying import line_text, value_words

HUNDRED = Decimal(100)
_LEGS = frozenset({Preset.TESTED, Preset.DELTA, Preset.ASSIGNMENT, Preset.EXERCISE, Preset.DIVIDEND})
_ROLLED = frozenset({Preset.TESTED, Preset.DELTA, Preset.DTE, Preset.ASSIGNMENT, Preset.DIVIDEND})
_ORDERS = frozenset({Preset.REJECTED, Preset.PART_FILLED})
_WHOLE = frozenset(
    {
        Preset.DAY_LOSS,
        Preset.DRAWDOWN,
        Preset.FLOOR,
        Preset.BUYING_POWER,
        Preset.CUSHION,
        Preset.MARGIN_CALL,
        Preset.BETA_DELTA,
    }
)


def risk_news(alert: RiskAlert, *, now: datetime, zone: tzinfo) -> RiskNews:
    """`zone`: the exchange's, in which times are told."""
    label = alert.environment.label
    return RiskNews(
        alert_id=alert.id,
        kind=alert.preset.value,
        owner=alert.owner,
        environment=label,
        headline=f"{label} · {_headline(alert, zone, room=False)}",
        lines=_lines(alert, now, zone),
        room_headline=f"{label} · {_headline(alert, zone, room=True)}",
        room_lines=_room_lines(alert, zone),
        at=alert.raised_at,
        buttons=_buttons(alert) if alert.is_open else (),
        over=not alert.is_open,
    )


def one_line(news: RiskNews, *, in_room: bool = False) -> str:
    """For a list of several: what is told, without the lines below."""
    return news.room_headline if in_room else news.headline


# --- the first line --------------------------------------------------------------------------------


def _headline(alert: RiskAlert, zone: tzinfo, *, room: bool) -> str:
    if alert.is_open:
        return _condition(alert, room=room)
    about = _about(alert)
    match alert.why_over:
        case Why.GONE:
            return f"Over: {about} is not {'listed' if alert.preset in _ORDERS else 'held'} any more"
        case Why.OFF:
            return f"Over: {about} is not watched any more"
        case Why.UNLINKED:
            return f"Over: {about} cannot be seen any more, the account is not linked"
        case Why.MOVED:
            return f"Over: the line of {about} was moved" + ("" if room else f" to {_line(alert)}")
        case _:
            value = "" if room and _is_money(alert) else f" {_value(alert, alert.last)}".rstrip()
            return f"Over: {about}{value}{_since(alert, zone)}"


def _since(alert: RiskAlert, zone: tzinfo) -> str:
    if alert.over_at is None:
        return ""
    return f" since {_clock(alert.over_at, zone)}, lasted {figures.span(alert.over_at - alert.raised_at)}"


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M} ET"


def _is_money(alert: RiskAlert) -> bool:
    return KINDS[alert.preset].unit is Unit.DOLLARS


def _value(alert: RiskAlert, value: Decimal) -> str:
    """`Δ −0.36`, `59 %`, `2.1×`."""
    words = value_words(alert.preset, value).replace("-", "−")
    if alert.preset is Preset.TESTED:
        return f"{words} away"
    return f"Δ {_minus(alert)}{words}" if alert.preset is Preset.DELTA else words


def _line(alert: RiskAlert) -> str:
    return f"{_minus(alert)}{value_words(alert.preset, alert.line)}"


def _minus(alert: RiskAlert) -> str:
    """The delta of a put is told with its own sign."""
    return "−" if alert.preset is Preset.DELTA and alert.figures.right == "put" else ""


def _trade(alert: RiskAlert) -> str:
    """`SPY 8 Jan strangle`."""
    return f"{alert.figures.what} {figures.lowered(_bare_name(alert))}"


def _bare_name(alert: RiskAlert) -> str:
    return alert.figures.name.split(" ×")[0]


def _about(alert: RiskAlert) -> str:
    """What it is about, in a few words, for its end."""
    f = alert.figures
    if alert.preset in _LEGS:
        return f"{'long' if alert.preset is Preset.EXERCISE else 'short'} {f.right} {f.what}"
    if alert.preset in _ORDERS:
        return f"{f.what} order {alert.subject}"
    if f.symbols:
        return _trade(alert)
    if alert.preset is Preset.CONCENTRATION:
        return f"{f.what} as a share of the account"
    return _NAMES[alert.preset]


_NAMES = {
    Preset.DAY_LOSS: "day loss",
    Preset.DRAWDOWN: "drawdown",
    Preset.FLOOR: "net liquidation",
    Preset.BUYING_POWER: "buying power used",
    Preset.CUSHION: "margin cushion",
    Preset.MARGIN_CALL: "margin call",
    Preset.BETA_DELTA: "beta-weighted delta",
    Preset.THETA: "theta",
    Preset.VEGA: "vega",
    Preset.RESTRICTED: "account restriction",
}
_IN_A_ROOM = {
    Preset.DAY_LOSS: "Day loss over its line",
    Preset.FLOOR: "Net liquidation at its floor",
    Preset.THETA: "Theta over its band",
    Preset.VEGA: "Vega over its band",
}


def _condition(alert: RiskAlert, *, room: bool) -> str:
    if room and _is_money(alert):
        return _IN_A_ROOM[alert.preset]
    value, line, f = _value(alert, alert.last), _line(alert), alert.figures
    whose = "the" if room else "your"
    yours = f"{whose} line {line}"
    match alert.preset:
        case Preset.DAY_LOSS:
            return f"Down {value} today, {yours}"
        case Preset.DRAWDOWN:
            return f"Down {value} from today's high, {yours}"
        case Preset.FLOOR:
            return f"Net liquidation {value}, your floor {line}"
        case Preset.BUYING_POWER:
            return f"Buying power {value} used, {yours}"
        case Preset.CUSHION:
            return f"Margin cushion {value}, {yours}"
        case Preset.MARGIN_CALL:
            return "Margin call"
        case Preset.SIZE:
            return f"{_trade(alert)} can lose {value} of net liquidation, {yours}"
        case Preset.CONCENTRATION:
            return f"{f.what} is {value} of net liquidation, {yours}"
        case Preset.BETA_DELTA:
            return f"Beta-weighted delta {f.extra} {value} SPY, {whose} band {line}"
        case Preset.THETA:
            return f"Theta {f.extra} {value} a day, your band {line}"
        case Preset.VEGA:
            return f"Vega {f.extra} {value} a point, your band {line}"
        case Preset.TESTED:
            return f"Short {f.right} tested: {f.what}, {_spot(alert)}"
        case Preset.DELTA:
            return f"Short {f.right} tested: {f.what} {value}, {yours}"
        case Preset.PROFIT:
            return f"Profit: {_trade(alert)} has {value} of its most, {yours}"
        case Preset.LOSS:
            return f"Loss: {_trade(alert)} has lost {value} its credit, {yours}"
        case Preset.MAX_LOSS:
            return f"Loss: {_trade(alert)} at {value} of the most it can lose, {yours}"
        case Preset.DTE:
            return f"{value} left: {_trade(alert)}, {yours}"
        case Preset.ASSIGNMENT:
            return f"Assignment: short {f.what} is in the money, {value} left"
        case Preset.EXERCISE:
            return f"Exercise: long {f.what} is in the money, {value} left"
        case Preset.DIVIDEND:
            return f"Assignment: short {f.what} before the dividend in {value}"
        case Preset.EARNINGS:
            return f"Earnings in {value}: {_trade(alert)}"
        case Preset.EX_DIVIDEND:
            return f"Ex-dividend in {value}: {_trade(alert)}"
        case Preset.REJECTED:
            return f"Rejected by the broker: {_about(alert)}, placed elsewhere"
        case Preset.PART_FILLED:
            return f"Filled in part for {value}: {_about(alert)}, {f.name}"
        case _:
            return f"Account restricted: {f.extra}"


def _spot(alert: RiskAlert) -> str:
    spot = alert.figures.spot
    return "price not known" if spot is None else f"{alert.figures.underlying} at {_cents(spot)}"


def _cents(value: Decimal) -> str:
    return figures.price(value.quantize(Decimal("0.01")))


# --- below -----------------------------------------------------------------------------------------


def _lines(alert: RiskAlert, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    own: tuple[str, ...] = (_result(alert), _account(alert, zone))
    if alert.is_open:
        own = (_result(alert), _around(alert, now), _unknown(alert, zone), _account(alert, zone))
    return tuple(line for line in own if line)


def _result(alert: RiskAlert) -> str:
    """`Strangle ×2: −$408.00, 59 % of the credit; closing costs 5.50 (5.42 / 5.58)`."""
    f = alert.figures
    if not f.symbols:
        return "" if f.net_liq is None else f"Net liquidation {figures.dollars(f.net_liq)}"
    gain = "profit not known" if f.pnl is None else f"{figures.signed_dollars(f.pnl)}{_share(alert)}"
    return f"{f.name}: {gain}{_closing(alert) if alert.is_open else ''}"


def _share(alert: RiskAlert) -> str:
    f = alert.figures
    if not f.credit or f.pnl is None:
        return ""
    share = abs(f.pnl) / abs(f.credit) * HUNDRED
    return f", {figures.percent(share, places=0)} of the {'credit' if f.credit > 0 else 'cost'}"


def _closing(alert: RiskAlert) -> str:
    f = alert.figures
    if f.bid is None or f.ask is None:
        return "; what closing costs is not known"
    verb = "costs" if f.pays else "brings"
    return f"; closing {verb} {_cents((f.bid + f.ask) / 2)} ({figures.price(f.bid)} / {figures.price(f.ask)})"


def _around(alert: RiskAlert, now: datetime) -> str:
    """The underlying, the days left, what else there is to know, and how old it is."""
    f = alert.figures
    if alert.preset in _ORDERS:
        return f.extra
    if not f.symbols:
        return ""
    parts = []
    if f.spot is not None and alert.preset is not Preset.TESTED:
        parts.append(f"{f.underlying} {_cents(f.spot)}")
    if f.day is not None and f.days is not None:
        parts.append(f"{figures.counted(f.days, 'day')} to {f.day.day} {f.day:%b}")
    if f.iv_rank is not None:
        parts.append(f"IV rank {figures.whole(f.iv_rank * HUNDRED)}")
    if alert.preset is Preset.DIVIDEND:
        parts.append(f.extra)
    return " · ".join([*parts, figures.age(alert.seen_at, now)])


def _unknown(alert: RiskAlert, zone: tzinfo) -> str:
    if not alert.unknown_said or alert.unknown_since is None:
        return ""
    return f"Not known since {_clock(alert.unknown_since, zone)}: it may be over, or worse; look at the broker's own app"


def _account(alert: RiskAlert, zone: tzinfo) -> str:
    worst = ""
    if alert.worst not in {alert.first, alert.last} and KINDS[alert.preset].unit is not Unit.DAYS:
        worst = f" · worst {_value(alert, alert.worst)}"
    return f"Account …{alert.account[-4:]} · since {_clock(alert.raised_at, zone)}{worst}"


def _room_lines(alert: RiskAlert, zone: tzinfo) -> tuple[str, ...]:
    """No dollars, no account; how it goes as a share."""
    f, share = alert.figures, _share(alert)
    how = ""
    if f.symbols and f.pnl is not None and share:
        how = f"{_bare_name(alert)}: {share.removeprefix(', ')} {'lost' if f.pnl < 0 else 'gained'}"
    return tuple(line for line in (how, _unknown(alert, zone)) if line)


# --- remedies --------------------------------------------------------------------------------------


def _buttons(alert: RiskAlert) -> tuple[RiskButton, ...]:
    """Each does one thing at a press; those with … show a preview first, which sends nothing."""
    f, found = alert.figures, list[RiskButton]()

    day = f.expiration
    about = "" if day is None else f"{f.underlying} {day.day} {day:%b}"

    def add(action: ActionId, label: str) -> None:
        found.append(RiskButton(action.value, label, alert.handle, about=about))

    if f.symbols:
        mid = "" if f.bid is None or f.ask is None else f" at {_cents((f.bid + f.ask) / 2)}"
        add(ActionId.RISK_CLOSE, f"Close{mid} …")
        if alert.preset in _ROLLED:
            add(ActionId.RISK_ROLL, f"Roll {f.right} …" if f.right else "Roll …")
    if alert.preset in _WHOLE:
        add(ActionId.RISK_FLATTEN, "Plan flatten …")
    further = moved_line(alert)
    if further is not None:
        add(ActionId.RISK_LINE, f"Line to {_line_words(alert, further)}")
    add(ActionId.RISK_SHOW, "All figures")
    return tuple(found)


def _line_words(alert: RiskAlert, line: Line) -> str:
    if _is_money(alert):
        return figures.dollars(line.value).removesuffix(".00")
    if alert.preset is Preset.DELTA:
        return f"{_minus(alert)}{value_words(alert.preset, line.value)}"
    return line_text(alert.preset, line)
