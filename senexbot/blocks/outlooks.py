"""What the words left to the market and what was taken, and what the legs come to at expiration. A line each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.kit import esc
from senexbot.domain.payoff import Payoff

MOST_CHOICES = 5
CHOICE_LIMIT = 160
MOST_LINES = 6


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


def at_expiry(payoff: Payoff | None, underlying: str) -> str:
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
