"""Whether an order lies inside a mandate; each difference in words, as envelopes.py does for an approval.

A mandate never clears what the policy denies, covers only what it names, and takes what it cannot see for outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from senexbot.domain.approval.envelopes import units
from senexbot.domain.approval.mandates import Mandate, Used, is_live
from senexbot.domain.approval.mandates_terms import Cap, Kind, MandateTerms, Per
from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.money import credit_or_debit, dollars, quantity_text
from senexbot.domain.orders.terms import Leg, OrderTerms, OrderType, Side
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure

Deltas = Mapping[str, Decimal]  # by tastytrade symbol, signed, of one share; what is missing was not told
_OPTIONS = frozenset({InstrumentType.EQUITY_OPTION})


def is_about(mandate: Mandate, terms: OrderTerms) -> bool:
    """Meant for orders like this: the same account, symbol and kind. Else it is not worth a word that it differs."""
    here = (terms.environment, terms.account.number) == (mandate.environment, mandate.account)
    return here and terms.underlying == mandate.terms.symbol and mandate.terms.kind in kinds_of(terms)


def outside(
    mandate: Mandate,
    terms: OrderTerms,
    exposure: Exposure,
    used: Used,
    deltas: Deltas | None,
    *,
    now: datetime,
    need: ApprovalNeed | None,
    moved: bool = False,
) -> tuple[str, ...]:
    """What of this order lies outside; empty when all of it is covered. `exposure`: the policy's figures of now.

    `used`: by others on this trading day. `moved`: it works already and only its price changes, so that its legs'
    deltas and the number are not asked again.
    """
    words: list[str] = []
    if not is_live(mandate, now):
        words.append(_ended(mandate))
    if need is not None and (need.count > len(mandate.given) or need.role is not mandate.need.role):
        words.append(f"it needs {need.count} with the role {need.role.value} now")
    if not is_about(mandate, terms):
        return (*words, f"it covers {mandate.terms.symbol} {mandate.terms.kind} in another account or shape")
    words += _shape(mandate.terms, terms)
    if not moved:
        words += _deltas(mandate.terms, terms, deltas)
        words += _count(mandate.terms, terms, used)
    words += _price(mandate.terms, terms)
    if exposure.uncapped and mandate.terms.loss is not None:
        words.append("its loss has no cap")
    elif mandate.terms.loss is not None:
        words += _cap("the greatest loss", mandate.terms.loss, exposure.greatest_loss, used.loss)
    if mandate.terms.notional is not None:
        words += _cap("the notional", mandate.terms.notional, exposure.notional, used.notional)
    return tuple(words)


def _ended(mandate: Mandate) -> str:
    return (
        f"it was {mandate.end.value}" if mandate.end and mandate.end.value != "over" else "its time is over"
    )


def _shape(wanted: MandateTerms, terms: OrderTerms) -> Iterator[str]:
    if terms.type is not OrderType.LIMIT or terms.price is None:
        yield "only limit orders are covered"
    if any(leg.action.closes for leg in terms.legs):
        yield "only orders that open are covered"
    if not all(leg.action.closes for child in terms.children for leg in child.legs):
        yield "what follows it opens something"
    if wanted.side is not None and side_of_legs(terms) is not wanted.side:
        yield f"only {'sold' if wanted.side is Side.SELL else 'bought'} ones are covered"


def _deltas(wanted: MandateTerms, terms: OrderTerms, deltas: Deltas | None) -> Iterator[str]:
    if wanted.delta is None:
        return
    known = [abs(deltas[leg.symbol]) * 100 for leg in terms.legs if deltas and leg.symbol in deltas]
    if len(known) < len(terms.legs):
        yield "the deltas could not be read"
    elif max(known) > wanted.delta:
        yield f"a delta is {quantity_text(round(max(known), 1))}, covered up to {quantity_text(wanted.delta)}"


def _count(wanted: MandateTerms, terms: OrderTerms, used: Used) -> Iterator[str]:
    size, left = units(terms), wanted.count - used.units
    if size != size.to_integral_value() or terms.value is not None:
        yield "it is not a whole number of them"
    elif size > left:
        so_far = f"{quantity_text(used.units)} of {quantity_text(wanted.count)} are used today"
        yield f"it is for {quantity_text(size)}, {so_far}"


def _price(wanted: MandateTerms, terms: OrderTerms) -> Iterator[str]:
    price = terms.dearest_price
    if wanted.price is not None and price is not None and price < wanted.price:
        yield f"the price is {credit_or_debit(price)}, covered from {credit_or_debit(wanted.price)}"


def _cap(what: str, cap: Cap, value: Decimal | None, used: Decimal | None) -> Iterator[str]:
    if cap.per is Per.DAY:
        value = None if value is None or used is None else value + used
    if value is None:
        yield f"{what} could not be told"
    elif value > cap.amount:
        day = " today" if cap.per is Per.DAY else ""
        yield f"{what} would be {dollars(value)}{day}, covered up to {dollars(cap.amount)}"


def side_of_legs(terms: OrderTerms) -> Side:
    """Legs of one side have it, whatever the price says; of both sides the net counts."""
    sides = {leg.action.side for leg in terms.legs}
    return sides.pop() if len(sides) == 1 else terms.side


# --- what an order is ------------------------------------------------------------------------------


def kinds_of(terms: OrderTerms) -> frozenset[Kind]:
    """What a trader calls these legs; from the legs alone, never from a name. Empty for anything else."""
    legs = terms.legs
    if len(legs) == 1 and legs[0].type is InstrumentType.EQUITY:
        return frozenset({Kind.SHARE}) if legs[0].action.side is Side.BUY else frozenset()
    contracts = [OptionContract.from_occ(leg.symbol) for leg in legs if leg.type in _OPTIONS]
    known = [(leg, one) for leg, one in zip(legs, contracts, strict=False) if one is not None]
    if len(known) != len(legs) or len({leg.quantity for leg in legs}) != 1:
        return frozenset()
    if len(known) == 1:
        return frozenset({Kind.OPTION, Kind.PUT if known[0][1].right is Right.PUT else Kind.CALL})
    if len({(one.expiration, one.root) for _, one in known}) != 1:
        return frozenset()
    return _spread(sorted(known, key=lambda pair: (pair[1].right is Right.CALL, pair[1].strike)))


Pair = tuple[Leg, OptionContract]


def _spread(legs: list[Pair]) -> frozenset[Kind]:
    """Of one expiration and one quantity: the puts first, from the lowest strike."""
    rights = "".join(one.right.value for _, one in legs)
    sides = "".join("s" if leg.action.side is Side.SELL else "b" for leg, _ in legs)
    strikes = [one.strike for _, one in legs]
    if rights == "PC" and sides in {"ss", "bb"} and strikes[0] <= strikes[1]:
        return frozenset({Kind.STRADDLE if strikes[0] == strikes[1] else Kind.STRANGLE})
    if rights in {"PP", "CC"} and sides in {"sb", "bs"} and strikes[0] < strikes[1]:
        return frozenset({Kind.VERTICAL})
    if rights == "PPCC" and sides in {"bssb", "sbbs"}:
        if strikes[0] < strikes[1] < strikes[2] < strikes[3]:
            return frozenset({Kind.IRON_CONDOR})
        if strikes[0] < strikes[1] == strikes[2] < strikes[3]:
            return frozenset({Kind.IRON_BUTTERFLY})
    return frozenset()
