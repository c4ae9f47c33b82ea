"""The cards of errors, notices, the desk and help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from senexbot.blocks import desk, errors, help, notices  # noqa: A004  (our module is called help)
from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message
from senexbot.domain import errors as e
from senexbot.domain.errors import Reason
from senexbot.domain.halts.protecting import Split
from senexbot.domain.orders.intents import IntentState

from .builders import (
    ago,
    intent,
)
from .order_cases import live_put

S = IntentState
ACCOUNT_SCOPE = "account:practice:5WT00001"


@dataclass(frozen=True)
class HaltRow:
    """Shaped as ports.HaltRow, which blocks do not import."""

    state: str
    by: str = "U00009"
    reason: str = ""
    since: datetime = field(default_factory=lambda: ago(30))
    scope: str = "desk"


def error_cards() -> Mapping[str, Message]:
    says = (SayButton("strangle", "h1"), SayButton("straddle", "h2"))
    long = "You have no linked account in the live environment, and this desk does not offer any other one to you"
    cases: list[tuple[str, e.SenexError, dict[str, object]]] = [
        (
            "a word not understood",
            e.ParseError("“strangel” is unknown.", word="strangel", place=5),
            {"says": says, "nothing_sent": True},
        ),
        (
            "a price that is none",
            e.ParseError(
                "“3.4.6” is not a price.",
                word="3.4.6",
                place=4,
                hint="Write it in plain digits, such as 1,000 or 187.50.",
            ),
            {"nothing_sent": True},
        ),
        (
            "something is missing",
            e.ParseError("The price is missing.", hint="Say @ 187.50, or mkt for a market order."),
            {"nothing_sent": True},
        ),
        (
            "a symbol nobody knows",
            e.ParseError("tastytrade knows no “APPL”.", word="APPL", hint="Say a symbol that is listed."),
            {"says": (SayButton("AAPL", "h"),), "nothing_sent": True},
        ),
        ("a word without words", e.ParseError("", word="??", place=1), {}),
        (
            "the word told in between",
            e.ParseError("The account “9999” is not yours.", word="9999", place=7),
            {},
        ),
        (
            "a word and a question",
            e.ParseError("“100”: is that the quantity or the price?", word="100", place=2),
            {},
        ),
        (
            "words that do not name it",
            e.ParseError("Only whole shares are traded here.", word="1.5", place=2),
            {},
        ),
        ("nothing said", e.ParseError(""), {}),
        ("not permitted", e.NotPermitted("This button belongs to somebody else."), {}),
        ("not connected", e.NotConnected(long), {"nothing_sent": True}),
        ("not found", e.NotFound(), {}),
        ("already handled", e.AlreadyHandled("This order is working already.", code="working"), {}),
        ("expired", e.Expired("This preview has ended. Preview it again for today's price."), {}),
        (
            "denied",
            e.Denied(Reason("halted", "the desk is halted: no order starts, cancels work")),
            {"nothing_sent": True},
        ),
        (
            "denied twice",
            e.Denied(
                Reason("live_off", "live trading is off on this desk"),
                Reason("role_missing", "you need the role trader"),
            ),
            {"nothing_sent": True},
        ),
        ("denied five times", e.Denied(*(Reason(f"c{n}", f"reason number {n}") for n in range(5))), {}),
        (
            "denied, nobody may approve",
            e.Denied(
                Reason("no_approver", "nobody may approve this now (notional $956,215.00 over $500,000.00)")
            ),
            {"nothing_sent": True},
        ),
        ("denied, no reason", e.Denied(), {}),
        ("some other user error", e.UserError(), {}),
        (
            "refused",
            e.Refused("Buying power is not sufficient", broker_code="margin_check_failed", status=422),
            {"nothing_sent": True},
        ),
        (
            "refused at length",
            e.Refused(
                "The closing quantity of the order exceeds the quantity of the position that it would close"
            ),
            {},
        ),
        ("refused without words", e.Refused(""), {}),
        (
            "unavailable",
            e.Unavailable("tastytrade did not tell the positions, so the order cannot be checked now."),
            {"nothing_sent": True},
        ),
        ("unavailable, no words", e.Unavailable(), {}),
        ("grant expired", e.GrantExpired("", what="refresh_token"), {}),
        ("grant expired, which?", e.GrantExpired(""), {}),
        ("asked too often", e.BrokerRateLimited("", after=12.2), {}),
        ("some other broker trouble", e.BrokerFault("The broker closed the line."), {}),
        ("slack: gone", e.Gone("not_in_channel"), {}),
        ("slack: no form", e.Gone("expired_trigger_id"), {}),
        ("slack: too fast", e.MessengerRateLimited(0.2), {}),
        ("slack: not stored", e.Transient(), {}),
        ("slack: uncertain", e.Uncertain(), {}),
        ("stale", e.Stale(), {}),
        ("store unavailable", e.StoreUnavailable("disk full"), {"reference": "r-7f3a", "nothing_sent": True}),
        ("fenced", e.Fenced(), {}),
        ("settings", e.ConfigError("SLACK_BOT_TOKEN is missing."), {}),
        ("a bug", e.InvariantBroken("fills exceed quantity"), {"reference": "r-7f3a"}),
    ]
    cards = {name: errors.error_card(error, **more) for name, error, more in cases}  # type: ignore[arg-type]
    cards["unforeseen"] = errors.unforeseen("r-7f3a")
    cards["unforeseen, no reference"] = errors.unforeseen("")
    return cards


def notice_cards() -> Mapping[str, Message]:
    when = {"from": "14:02:10 UTC", "to": "14:06:31 UTC"}
    said: list[tuple[str, dict[str, str]]] = [
        ("link_broken", {"environment": "LIVE", "why": "the refresh token was withdrawn"}),
        ("deputy", {"by": "U00002", "until": "Friday, 27 Nov"}),
        ("deputy", {"by": "U00002", "until": ""}),
        *(
            (
                "mandate",
                {
                    "environment": "PRACTICE",
                    "mandate": "at most 10 SPY strangles a day until 2026-11-27",
                    **more,
                },
            )
            for more in (
                {"state": "approved", "by": "U00002"},
                {"state": "declined", "by": "U00002", "reason": "earnings on Thursday"},
                {"state": "expired"},
                {"state": "over"},
                {"state": "revoked", "by": "U00002"},
                {"state": "halted"},
                {"state": "else"},
            )
        ),
        (
            "approval_answered",
            {"environment": "LIVE", "order": "Sell 2 SPY", "by": "U00001", "answer": "volatility is high"},
        ),
        ("link_erased_deactivated", {"environment": "LIVE", "user": "U00007"}),
        ("blind", {"what": "Prices", "from": "14:02:10 UTC", "why": "no heartbeat for 60 s"}),
        ("blind", {}),
        ("seen_again", {**when, "checked": "one alert had crossed"}),
        ("seen_again", {}),
        ("risk_blind", {"environment": "LIVE", "account": "…0001", "since": "14:02:10 UTC"}),
        ("risk_blind", {}),
        (
            "risk_seen",
            {"environment": "LIVE", "account": "…0001", "since": "14:02:10 UTC", "until": "14:09:00 UTC"},
        ),
        ("risk_seen", {}),
        (
            "gap_unchecked",
            {
                "count": "2",
                "which": "3 (AAPL bid > 200): candles do not tell bid; 5 (SPY iv > 30): candles do not tell iv",
                **when,
            },
        ),
        ("gap_unchecked", {"count": "1", "which": "3 (AAPL bid > 200): candles do not tell bid"}),
        ("late_alert", {"words": "AAPL above 200", **when}),
        ("late_alert", {}),
        ("dead_letter", {"what": "AlertNews", "reason": "is_archived", "to": "channel:C1"}),
        ("dead_letter", {"what": "CardNews", "reason": "cannot_dm_bot", "to": "card:i1", "id": "12"}),
        ("dead_letter", {"what": "AlertNews", "reason": "is_archived", "id": "12", "unmanned": "yes"}),
        ("halted", {"by": "U00009", "state": "halted", "reason": "fat finger"}),
        ("halted", {"by": "host", "state": "reducing"}),
        ("halted", {"by": "<!channel>"}),
        ("halted", {"by": "bot", "state": "reducing", "scope": ACCOUNT_SCOPE, "reason": "down $5,000.00"}),
        ("halted", {"by": "U00009", "state": "halted", "scope": "user:U00003"}),
        ("resumed", {"by": "U00009", "state": "active", "scope": ACCOUNT_SCOPE}),
        (
            "policy_changed",
            {"by": "host", "state": "adopted", "change": "notional: denied over $1.00", "handle": ""},
        ),
        (
            "policy_changed",
            {"by": "U00009", "state": "proposed", "change": "notional: no limit", "due": "", "handle": "h"},
        ),
        (
            "policy_changed",
            {
                "by": "U00009",
                "state": "waiting",
                "change": "notional: no limit",
                "due": "14:45 UTC",
                "handle": "h",
            },
        ),
        ("policy_changed", {"by": "bot", "state": "withdrawn", "change": "notional: no limit"}),
        ("resumed", {"by": "U00009"}),
        ("second_copy", {"environment": "PRACTICE"}),
        ("channel_closed", {"channel": "C01234", "reason": "is_archived"}),
        ("channel_closed", {"channel": "<!here>"}),
        (
            "unknown_reminder",
            {"environment": "LIVE", "order": "Buy 100 AAPL, limit 187.50", "looks": "12, last 14:02:10 UTC"},
        ),
        (
            "external_order",
            {
                "environment": "LIVE",
                "order": "Buy 100 AAPL",
                "account": "…0001",
                "id": "452180",
                "status": "Live",
            },
        ),
        ("external_order", {}),
        (
            "external_reason",
            {
                "environment": "LIVE",
                "by": "U00001",
                "order": "Buy to Open 100 AAPL, Limit",
                "over": "notional $18,750.00 over $10,000.00",
                "why": "Hedge of the morning",
            },
        ),
        ("external_reason", {}),
        ("started_after_crash", {"unknown": "1", **when}),
        ("progress", {"what": "balances"}),
        ("progress", {}),
        ("blind", {"what": "Orders", "environment": "LIVE", "since": "14:02:10 UTC"}),
        ("seen_again", {"what": "Orders", "environment": "LIVE", **when}),
        ("secret_typed", {}),
        ("answered_in_messages", {"why": "guests are in this channel"}),
        ("answered_in_messages", {"what": "orders", "link": "https://slack.test/archives/D1/p17"}),
        ("answered_in_messages", {}),
        ("invariant", {"order": "452180", "why": "fills exceed the quantity"}),
        ("unreadable", {"outbox_row": "17"}),
        ("something_new", {"a": "b", "c": "<!here>"}),
        (
            "symbol_still",
            {
                "what": "SPY 18 Dec 26 590 put",
                "environment": "PRACTICE",
                "since": "14:02:10 UTC",
                "price": "4.25",
            },
        ),
        ("symbol_still", {}),
        ("symbol_moves", {"what": "AAPL", "environment": "LIVE", **when}),
        ("symbol_moves", {}),
        ("symbol_halted", {"what": "AAPL", "environment": "LIVE", "since": "14:02:10 UTC"}),
        ("symbol_halted", {}),
        ("symbol_trades", {"what": "AAPL", "environment": "LIVE", **when}),
        ("symbol_trades", {}),
        (
            "alert_parked",
            {
                "number": "7",
                "words": "TWTR > 54",
                "reason": "TWTR is not listed at tastytrade",
                "environment": "LIVE",
            },
        ),
        ("alert_parked", {}),
        ("alert_unparked", {"number": "7", "words": "TWTR > 54", "environment": "LIVE"}),
        ("alert_unparked", {}),
        ("resume_asked", {"by": "U00009", "state": "active"}),
        ("resume_asked", {"by": "U00009", "state": "reducing", "scope": ACCOUNT_SCOPE}),
        ("cancelled_by_desk", {"by": "U00009", "count": "9"}),
        ("cancelled_by_desk", {}),
    ]
    return {f"{i + 1}: {kind}": notices.notice(kind, params) for i, (kind, params) in enumerate(said)}


def desk_cards() -> Mapping[str, Message]:
    way = (intent(S.CLAIMED), live_put(S.UNKNOWN), intent(S.NEEDS_PERSON))
    both = desk.CancelButtons("c", 9, "a", 11, "f")
    well = {"streams": "runs", "messages": "runs"}
    lines = {"streams": "runs", "messages": "down (Unavailable)"}
    halted = HaltRow("halted", reason="fat finger in AAPL")
    return {
        "halted": desk.halt_card(
            halted,
            way=Split(way[:2], way[2:]),
            on_the_way=way,
            working=Split(way * 3, way[:2]),
            cancels=both,
            handle="h",
        ),
        "halted, what protects is not known": desk.halt_card(
            halted, working=Split(way, (), 2), cancels=desk.CancelButtons("c", 3)
        ),
        "halted, only protection works": desk.halt_card(
            halted, working=Split((), way[:1]), cancels=desk.CancelButtons(everything="a", everything_count=1)
        ),
        "halted, one of two has asked to resume": desk.halt_card(halted, handle="h", agreed="U00003"),
        "resume asked of a second person": desk.resume_asked(halted),
        "cancelling": desk.cancelling(200),
        "cancelled, all confirmed": desk.cancels_done(way, (), (), ()),
        "cancelled, every outcome": desk.cancels_done(
            way * 2, way[:1], way[1:2], tuple((one, "the broker did not answer") for one in way * 2)
        ),
        "halted, nothing open": desk.halt_card(HaltRow("halted", by="host")),
        "reducing": desk.halt_card(HaltRow("reducing", by=""), on_the_way=way[:1], working=Split(way[:1])),
        "resumed": desk.resumed(HaltRow("active", reason="all clear")),
        "resumed by nobody": desk.resumed(HaltRow("active", by="")),
        "status: active": desk.status_card(None, working=Split(way[:2]), lines=lines, on_the_way=way[:1]),
        "status: active, all well": desk.status_card(HaltRow("active"), lines=well),
        "status: active, quiet": desk.status_card(HaltRow("active"), working=Split(way)),
        "status: active, dead letters": desk.status_card(HaltRow("active"), lines=well, dead_letters=2),
        "status: halted, dead letter": desk.status_card(halted, dead_letters=1),
        "status: halted": desk.status_card(halted, lines=lines, handle="h"),
        "status: halted, quiet": desk.status_card(halted),
        "an account is reducing by its loss": desk.halt_card(
            HaltRow("reducing", by="bot", reason="down $5,000.00 today, limit $1,000.00", scope=ACCOUNT_SCOPE)
        ),
        "a person is halted": desk.halt_card(HaltRow("halted", scope="user:U00003"), handle="h"),
        "an account is resumed": desk.resumed(HaltRow("active", scope=ACCOUNT_SCOPE)),
        "status: others are halted": desk.status_card(
            None,
            lines=well,
            others=[
                HaltRow("reducing", by="bot", scope=ACCOUNT_SCOPE),
                *(HaltRow("halted", scope=f"user:U0000{n}") for n in range(1, 7)),
            ],
        ),
    }


def help_cards() -> Mapping[str, Message]:
    three = (
        SayButton("Show balances", "h1"),
        SayButton("Show positions", "h2"),
        SayButton("Quote SPY", "h3"),
    )
    unknown = e.ParseError("“hlep” is nothing I know.", word="hlep", place=1)
    return {
        "linked": help.short_card(three, linked=True, environment_label="PRACTICE"),
        "linked, dead letters": help.short_card(linked=True, dead_letters=3),
        "not linked, dead letter": help.short_card(linked=False, dead_letters=1),
        "linked, two environments": help.short_card(linked=True),
        "not linked": help.short_card(linked=False, connect_handle="h"),
        "not linked, no handle": help.short_card(linked=False),
        "everything": help.full_help(),
        "unknown verb": help.unknown_verb(
            "quoet", says=(SayButton("Quote AAPL", "h"), SayButton("Help", "h"))
        ),
        "unknown verb, only help": help.unknown_verb("zzzzzzz", says=(SayButton("Help", "h"),)),
        "unknown verb, nothing near": help.unknown_verb_error(unknown),
    }
