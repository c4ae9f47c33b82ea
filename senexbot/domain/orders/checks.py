"""Our own no: the same rules at the preview and again in the claim (I21), with published codes (I24).

What cannot be evaluated refuses; a limit order that provably only closes passes with the missing check
named (I22). Nothing here asks anybody: everything known comes in, None is "not known".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.access import stranger
from senexbot.domain.errors import Denied, Reason
from senexbot.domain.halts.halts import DESK, HaltState, allows
from senexbot.domain.instruments import Instrument, InstrumentType
from senexbot.domain.links import Actor, Environment, Link, Role
from senexbot.domain.market import Quote, SessionState, TradingStatus
from senexbot.domain.money import credit_or_debit, price_text, quantity_text
from senexbot.domain.orders.ending import ending, next_month
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.net import net_of, net_ticks
from senexbot.domain.orders.rules import AT_MARKET, order_rules
from senexbot.domain.orders.settle import blocks_new
from senexbot.domain.orders.terms import Action, Leg, OrderTerms, OrderType, Side

CODES: Mapping[str, str] = {
    "bot": "Bots cannot use the desk.",
    "deactivated": "The Slack account is deactivated.",
    "outsider": "The person is not a member of this workspace.",
    "guest": "Guests need a role.",
    "role_missing": "The person does not hold the role that this needs.",
    "not_owner": "The order or account belongs to somebody else.",
    "halted": "The desk, the account or the person is halted; cancels work.",
    "reducing": "The desk, the account or the person may only close positions.",
    "live_off": "Live trading is switched off on this desk.",
    "link_broken": "The connection to the broker does not work any more.",
    "account_unknown": "The account is not reached by this link.",
    "account_closed": "The account is closed.",
    "account_frozen": "The account is frozen by the broker.",
    "account_closing_only": "The broker lets this account only close positions.",
    "futures_off": "The broker has not approved this account for futures.",
    "status_missing": "The account's trading status could not be read.",
    "not_tradable": "This kind of instrument is not traded here.",
    "instrument_inactive": "The instrument does not trade any more.",
    "instrument_closing_only": "The broker lets this instrument only be closed.",
    "quote_missing": "There is no usable quote.",
    "quote_stale": "The newest quote is too old.",
    "quote_halted": "Trading in the instrument is halted by its exchange.",
    "market_closed": "A market order that opens is taken only while the market is open.",
    "market_gtc": "A market order stands for today only.",
    "price_missing": "A limit order needs a price above zero.",
    "off_tick": "The price is not on the instrument's price steps.",
    "quantity": "The quantity is not a whole number above zero.",
    "positions_missing": "The positions could not be read.",
    "no_position": "There is no such position to close.",
    "over_position": "The order is larger than the position it closes.",
    "short_not_offered": "Selling shares short is not offered yet.",
    "unresolved_order": "A like order's outcome is not known yet.",
    "opposite_position": "Nobody is long and short in one symbol.",
    "leg_count": "One order has one to four legs.",
    "leg_twice": "Two legs are of the same symbol.",
    "legs_mixed": "An order of several legs has options only.",
    "market_legs": "A market order has one leg.",
    "stop_gtc": "A stop order that opens stands for today only.",
    "extended_shares": "Outside regular hours only a limit order for shares trades.",
    "gtd_date": "The day until which the order stands is missing or over.",
    "trigger_missing": "A stop order needs a trigger above zero.",
    "trigger_off_tick": "The trigger is not on the instrument's price steps.",
    "price_sign": "Credit or debit contradicts the side.",
    "notional_shape": "An order in dollars names an amount and one share.",
    "group_shape": "The orders that hang together do not fit together.",
}

TRADED = frozenset({InstrumentType.EQUITY, InstrumentType.EQUITY_OPTION, InstrumentType.FUTURE})
FAR_FROM_MARKET = Decimal("0.20")
_NAMED_INSTEAD = frozenset(
    {"status_missing", "quote_missing", "quote_stale", "quote_halted", "positions_missing"}
)


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What is known of one leg. `position_quantity`: signed, of its own symbol, 0 when there is none."""

    instrument: Instrument
    quote: Quote | None
    position_quantity: Decimal | None


Each = tuple[tuple[Leg, LegFacts], ...]


@dataclass(frozen=True, slots=True)
class CheckInput:
    """All that the rules look at. None: it could not be read.

    `roles` are the effective ones (access.effective_roles). `instrument`, `quote` and `position_quantity`
    are those of the first leg, `more` those of the others, in order. `unresolved`: intents of the owner
    whose outcome is not known. `today`: the exchange's date; without it the date in UTC counts.
    """

    terms: OrderTerms
    instrument: Instrument
    link: Link
    actor: Actor
    roles: frozenset[Role]
    halt: HaltState
    live_trading: bool
    now: datetime
    quote: Quote | None
    position_quantity: Decimal | None
    trading_status: TradingStatus | None
    unresolved: tuple[Intent, ...] = ()
    halt_scope: str = DESK  # whose halt it is
    more: tuple[LegFacts, ...] = ()
    today: date | None = None

    @property
    def each(self) -> Each:
        first = LegFacts(self.instrument, self.quote, self.position_quantity)
        return tuple(zip(self.terms.legs, (first, *self.more), strict=False))


@dataclass(frozen=True, slots=True)
class Checked:
    """`denials`: empty means clear. `missing`: checks that could not be made, in words for the card.
    `warnings`: what the person should see before confirming; they stop nothing."""

    denials: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def require(self) -> None:
        """Raises Denied with all reasons unless clear."""
        if self.denials:
            raise Denied(*self.denials)


def check_preview(facts: CheckInput) -> Checked:
    """Every rule that can be told from what is known. The claim runs the same with fresh facts."""
    each = facts.each
    denials: list[Reason] = [
        *_who(facts),
        *_desk(facts),
        *_terms(facts, each),
        *_instrument(each),
        *_position(facts, each),
    ]
    missing: list[str] = []
    reduces = facts.terms.closes and facts.terms.type is OrderType.LIMIT  # strictly validated by the broker
    for unsure in (*_status(facts), *_market(facts, each), *_positions_known(each)):
        if reduces and unsure.code in _NAMED_INSTEAD:
            missing.append(unsure.words)
        else:
            denials.append(unsure)
    return Checked(tuple(denials), tuple(missing), tuple(_warnings(facts, each)))


def check_claim(facts: CheckInput) -> Checked:
    """The same rules in the claim's transaction; a name of its own for the reader of that transaction."""
    return check_preview(facts)


_OF_POSITIONS = frozenset({"no_position", "over_position", "positions_missing"})


def without_position(checked: Checked) -> Checked:
    """Of an order that waits for another one to fill: the position that it closes is not there yet."""
    return replace(
        checked, denials=tuple(reason for reason in checked.denials if reason.code not in _OF_POSITIONS)
    )


def _who(facts: CheckInput) -> Iterator[Reason]:
    no = stranger(facts.actor, facts.roles)
    if no is not None:
        yield no
    elif Role.TRADER not in facts.roles:
        yield Reason("role_missing", "trading needs the role trader; connecting an account gives it")
    if (facts.link.team_id, facts.link.user_id) != (facts.actor.team_id, facts.actor.user_id):
        yield Reason("not_owner", "this account is linked by somebody else")


def _desk(facts: CheckInput) -> Iterator[Reason]:
    no = allows(facts.halt, facts.terms, facts.halt_scope)
    if no is not None:
        yield no
    link, terms = facts.link, facts.terms
    if link.environment is Environment.LIVE and not facts.live_trading:
        yield Reason("live_off", "live trading is off on this desk: a live link may only read")
    if link.broken:
        yield Reason("link_broken", f"the connection to the broker does not work: {link.broken}")
    account = link.account(terms.account.number)
    if account is None or terms.account.link_id != link.id or terms.environment is not link.environment:
        yield Reason("account_unknown", "this link does not reach that account")
    elif account.is_closed:
        yield Reason("account_closed", f"account {account.masked} is closed")
    if any(blocks_new(intent, terms, facts.now) for intent in facts.unresolved):
        yield Reason(
            "unresolved_order",
            f"the outcome of an earlier order to {terms.side.value} {terms.underlying} is not known yet: "
            "it is waited for, at most 5 minutes",
        )


def _terms(facts: CheckInput, each: Each) -> Iterator[Reason]:
    ticks = net_ticks([leg.instrument for _, leg in each])
    today = facts.today or facts.now.date()
    yield from order_rules(facts.terms, ticks, today)
    if len(each) != len(facts.terms.legs):
        yield Reason("quote_missing", "nothing is known of some of the legs")


def _instrument(each: Each) -> Iterator[Reason]:
    for leg, known in each:
        instrument = known.instrument
        if instrument.type not in TRADED:
            yield Reason("not_tradable", f"{instrument.type.value} is not traded here")
        if not instrument.active:
            yield Reason("instrument_inactive", f"{instrument.words} does not trade any more")
        if instrument.is_closing_only and not leg.action.closes:
            yield Reason(
                "instrument_closing_only", f"{instrument.words} can only be closed{next_month(instrument)}"
            )


def _status(facts: CheckInput) -> Iterator[Reason]:
    status = facts.trading_status
    if status is None:
        yield Reason("status_missing", "the account's trading status could not be read")
        return
    if status.is_closed:
        yield Reason("account_closed", "the broker has closed this account")
    if status.is_frozen:
        yield Reason("account_frozen", "the broker has frozen this account")
    if status.is_closing_only and not facts.terms.closes:
        yield Reason("account_closing_only", "the broker lets this account only close positions")
    if all(leg.type is not InstrumentType.FUTURE for leg in facts.terms.legs):
        return
    if not status.futures_enabled:
        yield Reason(
            "futures_off", "the broker has not approved this account for futures: ask tastytrade for it"
        )
    elif status.futures_closing_only and not facts.terms.closes:
        yield Reason("account_closing_only", "the broker lets this account only close futures")


def _market(facts: CheckInput, each: Each) -> Iterator[Reason]:
    """The quotes that an opening or a market order rests on, of every leg; each that is missing is named.
    Session closed: the closing quote counts."""
    for _, known in each:
        yield from _quote(known, facts.now, named=len(each) > 1)
    session = facts.quote.session if facts.quote is not None else SessionState.UNKNOWN
    at_market = facts.terms.type in AT_MARKET and facts.quote is not None and _usable(facts.quote)
    if at_market and not facts.terms.closes and session is not SessionState.OPEN:
        yield Reason("market_closed", "a market order that opens is taken only while the market is open")


def _quote(known: LegFacts, now: datetime, *, named: bool) -> Iterator[Reason]:
    """`named`: the leg is one of several."""
    quote = known.quote
    if quote is None or not _usable(quote):
        yield Reason("quote_missing", f"there is no usable quote{_of(known, named=named)}")
        return
    if quote.halted:
        yield Reason("quote_halted", f"{known.instrument.words} is halted by its exchange")
    if quote.session is not SessionState.CLOSED and not quote.is_fresh(now):
        seconds = int(quote.age(now).total_seconds())
        yield Reason("quote_stale", f"the newest quote{_of(known, named=named)} is {seconds} s old")


def _of(known: LegFacts, *, named: bool) -> str:
    return f" for {known.instrument.words}" if named else ""


def _usable(quote: Quote) -> bool:
    """A market that is not nonsense: positive prices, not crossed; an offer, or a last trade."""
    bid, ask, last = quote.bid, quote.ask, quote.last
    for price in (bid, ask, last):
        if price is not None and not (price.is_finite() and price >= 0):
            return False
    if bid is not None and ask is not None and bid > ask:
        return False
    return bool(ask) or bool(last)


def _positions_known(each: Each) -> Iterator[Reason]:
    if any(known.position_quantity is None for _, known in each):
        yield Reason("positions_missing", "the positions could not be read")


def _position(facts: CheckInput, each: Each) -> Iterator[Reason]:
    """A closing leg never exceeds what it closes (I19); shares are not sold short; nobody is both ways."""
    for leg, known in each:
        held = known.position_quantity
        if leg.action is Action.SELL_TO_OPEN and known.instrument.type is InstrumentType.EQUITY:
            yield Reason("short_not_offered", "selling shares short is not offered yet")
        if held is None:
            continue
        against = held if leg.action.side is Side.SELL else -held
        if not leg.action.closes:
            if against > 0:
                words = known.instrument.words
                yield Reason("opposite_position", f"you hold {words} the other way round: close that first")
        elif against <= 0:
            yield Reason("no_position", f"there is no {known.instrument.words} to close")
        elif leg.quantity > against:
            yield _over(leg.action.side, against)
    yield from _dollars(facts)


def _dollars(facts: CheckInput) -> Iterator[Reason]:
    """Dollars are counted in shares at the bid: more than is held cannot be sold."""
    value, held, quote = facts.terms.value, facts.position_quantity, facts.quote
    if not value or value < 0 or held is None or quote is None or not quote.bid:
        return
    if value > held * quote.bid:
        yield _over(Side.SELL, held)


def _over(side: Side, closable: Decimal) -> Reason:
    amount = quantity_text(closable)
    have = "hold" if side is Side.SELL else "are short"
    return Reason("over_position", f"you {have} {amount}: {side.value} {amount}?")


def resolve_action(
    side: Side, position_quantity: Decimal | None, quantity: Decimal, *, is_option: bool, words: str = ""
) -> Action:
    """Whether the order opens or closes, from the signed position in its symbol (None: could not be read).

    Raises Denied: over_position, short_not_offered, positions_missing. `words`: the instrument's name. Shares sold with positions unknown
    are a Sell to Close: with strict position-effect validation that can only reduce.
    """
    held = position_quantity
    if held is None:
        if side is Side.SELL and not is_option:
            return Action.SELL_TO_CLOSE
        raise Denied(Reason("positions_missing", "the positions could not be read"))
    closable = held if side is Side.SELL else -held
    if closable > 0:
        if quantity > closable:
            raise Denied(_over(side, closable))
        return Action.SELL_TO_CLOSE if side is Side.SELL else Action.BUY_TO_CLOSE
    if side is Side.BUY:
        return Action.BUY_TO_OPEN
    if is_option:
        return Action.SELL_TO_OPEN
    none = f"you hold no {words}" if words else "you hold none"
    raise Denied(Reason("short_not_offered", f"{none}; selling shares short is not offered yet"))


def _warnings(facts: CheckInput, each: Each) -> Iterator[str]:
    """Far through the market, and figures that are not of this moment. They stop nothing."""
    quote, terms = facts.quote, facts.terms
    yield from ending(facts.instrument, facts.today or facts.now.date())
    if quote is None or not _usable(quote):
        return
    if quote.delayed:
        yield "the quote is delayed by 15 minutes"
    if quote.session is SessionState.CLOSED:
        yield "the market is closed: this is the closing quote, the order waits for the next session"
    if terms.price is None:
        return
    if len(terms.legs) > 1:
        yield from _far_from_net(each, terms.price)
        return
    buys = terms.side is Side.BUY
    market = (quote.ask if buys else quote.bid) or quote.last
    price = abs(terms.price)
    if not market:
        return
    through = (price - market if buys else market - price) / market
    if through > FAR_FROM_MARKET:
        percent = (through * 100).quantize(Decimal(1))
        where = "above the ask" if buys else "below the bid"
        yield f"the limit {price_text(price)} is {percent} % {where} of {price_text(market)}"


def _far_from_net(each: Each, price: Decimal) -> Iterator[str]:
    """A net price that gives more away than taking every leg's market would."""
    net = net_of([leg for leg, _ in each], [known.quote for _, known in each])
    if net is None or not net.natural:
        return
    given = (net.natural - price) / abs(net.natural)
    if given > FAR_FROM_MARKET:
        percent = (given * 100).quantize(Decimal(1))
        yield f"{credit_or_debit(price)} is {percent} % worse than the market's {credit_or_debit(net.natural)}"
