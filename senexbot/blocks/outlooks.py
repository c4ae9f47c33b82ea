"""What the words left to the market and what was taken, and what the legs come to at expiration. A line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.kit import esc
from senexbot.domain.instruments import OptionContract
from senexbot.domain.options.outlook import Change, NetGreeks, Outlook
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.options.probability import chance_of_profit
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import Concentration

MOST_CHOICES = 5
CHOICE_LIMIT = 160
MOST_LINES = 6
CERTAIN = 99
WHOLE_FROM = 10  # a delta of so many shares is told without tenths


def chosen(choices: Sequence[str]) -> str:
    """`8 Jan 27 (46 days, nearest to 45): 562 put Δ −0.20, 630 call Δ 0.19 · mid of 3.40 / 3.52: 3.46 credit`."""
    shown = [esc(words, CHOICE_LIMIT) for words in choices[:MOST_CHOICES]]
    if len(choices) > MOST_CHOICES:
        shown.append(f"and {len(choices) - MOST_CHOICES} more")
    return figures.raised(" · ".join(shown))


def fitted(taken: int, choices: str, outlook: str, *lines: str) -> tuple[str, ...]:
    """A card has six lines, its first among them: of the others those that are about the same thing are joined.

    `taken`: lines above these. `lines`: estimate, market, approvals, cautions, foot.
    """
    shown = [line for line in (choices, outlook, *lines) if line]
    pairs = [(choices, outlook), (lines[2], lines[3]), (lines[0], lines[1])]
    for first, second in pairs:
        if taken + len(shown) < MOST_LINES:
            break
        if first and second:
            at = shown.index(first)
            shown[at : at + 2] = [f"{first} · {second}"]
    return tuple(shown)


def at_expiry(payoff: Payoff | None, underlying: str, chance: str = "") -> str:
    """Greatest loss and profit, break-evens and the chance of profit, as far as they are known."""
    known = _at_expiry(payoff, underlying)
    return f"{known}; {chance}" if known and chance else known


def chance(terms: OrderTerms, outlook: Outlook | None) -> str:
    """`chance of profit 67 % (model, at IV 17 %)`; "" where it is not known."""
    if outlook is None or outlook.model is None:
        return ""
    likely = chance_of_profit(terms, outlook.model)
    if likely is None:
        return ""
    volatility = figures.percent(outlook.model.volatility * 100, places=0)
    return f"chance of profit {_likely(likely * 100)} (model, at IV {volatility})"


def _likely(percent: Decimal) -> str:
    """A model is never certain."""
    if percent < 1:
        return "under 1 %"
    return "over 99 %" if percent > CERTAIN else figures.percent(percent, places=0)


def ahead(terms: OrderTerms, outlook: Outlook | None, concentration: Concentration | None = None) -> str:
    """`Δ 2, Γ −1.8 per $1, Θ +$40.00 a day, vega −$214.00 per IV point · SPY Δ 100 → 102 · position 0 → −2`."""
    if outlook is None:
        return ""
    parts = [
        _greeks(outlook),
        ""
        if outlook.delta is None
        else f"{esc(outlook.delta.symbol, 12)} Δ {_change(outlook.delta, _shares)}",
        _positions(terms, outlook.positions),
        _share_of_account(terms, concentration),
    ]
    return figures.raised(" · ".join(part for part in parts if part))


def _greeks(outlook: Outlook) -> str:
    if outlook.greeks is None:
        return "greeks not there in time" if outlook.asked else ""
    return f"This order: {_net(outlook.greeks)}"


def _net(greeks: NetGreeks) -> str:
    parts = [f"Δ {_shares(greeks.delta)}"]
    if greeks.gamma is not None:
        parts.append(f"Γ {_rounded(greeks.gamma, 2)} per $1")
    if greeks.theta is not None:
        parts.append(f"Θ {figures.signed_dollars(greeks.theta)} a day")
    if greeks.vega is not None:
        parts.append(f"vega {figures.signed_dollars(greeks.vega)} per IV point")
    return ", ".join(parts)


def _positions(terms: OrderTerms, changes: Sequence[Change]) -> str:
    if len(changes) == 1:
        return f"position {_change(changes[0], figures.quantity)}"
    days = {contract.expiration for leg in terms.legs if (contract := OptionContract.from_occ(leg.symbol))}
    return ", ".join(
        f"{_name(change.symbol, dated=len(days) > 1)} {_change(change, figures.quantity)}"
        for change in changes
    )


def _name(symbol: str, *, dated: bool) -> str:
    contract = OptionContract.from_occ(symbol)
    if contract is None:
        return esc(symbol, 20)
    day = f"{contract.expiration.day} {contract.expiration:%b} " if dated else ""
    return f"{day}{contract.strike.normalize():f} {contract.right.word}"


def _share_of_account(terms: OrderTerms, share: Concentration | None) -> str:
    if share is None:
        return ""
    limit = "" if share.limit is None else f", limit {figures.percent(share.limit, places=0)}"
    before, after = figures.percent(share.before, places=0), figures.percent(share.after, places=0)
    return f"{esc(terms.underlying, 12)} {before} → {after} of the account{limit}"


def _change(change: Change, words: Callable[[Decimal], str]) -> str:
    return f"{words(change.before)} → {words(change.after)}"


def _shares(delta: Decimal) -> str:
    """A delta in shares: whole ones, tenths below ten."""
    return _rounded(delta, 0 if abs(delta) >= WHOLE_FROM else 1)


def _rounded(value: Decimal, places: int) -> str:
    return figures.quantity(round(value, places).normalize() + 0)


def _at_expiry(payoff: Payoff | None, underlying: str) -> str:
    """`Most it can lose $380, most it can make $120; break-even 578.80 and 626.20`;
    `At expiry SPY +10 %: loses $5,748, −10 %: loses $3,348; no cap on the loss`."""
    if payoff is None:
        return ""
    if payoff.mixed:
        if payoff.greatest_loss is None:
            return "The legs expire on different days; no cap on the loss"
        return f"Most it can lose {figures.dollars(payoff.greatest_loss)}; the legs expire on different days"
    if payoff.greatest_loss is None:
        first = _away(payoff, underlying) + "no cap on the loss"
    else:
        first = f"Most it can lose {figures.dollars(payoff.greatest_loss)}"
        if payoff.greatest_profit is not None:
            first += f", most it can make {figures.dollars(payoff.greatest_profit)}"
    evens = " and ".join(figures.price(_cents(even)) for even in payoff.break_evens)
    return figures.raised(f"{first}; break-even {evens}" if evens else first)


def _away(payoff: Payoff, underlying: str) -> str:
    if payoff.up is None or payoff.down is None:
        return ""
    return f"At expiry {esc(underlying, 12)} +10 %: {_outcome(payoff.up)}, −10 %: {_outcome(payoff.down)}; "


def _outcome(dollars: Decimal) -> str:
    return f"{'loses' if dollars < 0 else 'makes'} {figures.dollars(abs(dollars))}"


def _cents(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.01"))
