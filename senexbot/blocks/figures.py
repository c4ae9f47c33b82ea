"""Money, prices, quantities, ages and names as a trader reads them. Text is ready for mrkdwn."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Context, Decimal

from senexbot.blocks.kit import esc, person, when
from senexbot.domain import money
from senexbot.domain.halts.halts import scope_words, user_of
from senexbot.domain.links import BrokerAccount

_WIDE = Context(prec=60)  # the default 28 digits refuse to quantize what is huge


def dollars(amount: Decimal) -> str:
    """`$18,750.00`, `−$0.08`."""
    return _minus(money.dollars(amount))


def signed_dollars(amount: Decimal) -> str:
    """`+$12.00`, `−$410.00`, `$0.00`."""
    return _minus(money.signed_dollars(amount))


def price(value: Decimal) -> str:
    """Two decimals, more when the price has them: `187.50`, `3.455`. An average has at most four; what is a step
    of some future is told whole: `1.08505`, `117.03125`."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -4 and not _is_step(value):
        value = value.quantize(Decimal("0.0001"), context=_WIDE)
    return _minus(money.price_text(value))


def _is_step(value: Decimal) -> bool:
    """In hundred-thousandths, or in halves of halves down to 1/256, as bonds and notes trade."""
    return any(_WIDE.multiply(value, Decimal(parts)) % 1 == 0 for parts in (100_000, 256))


def signed_price(value: Decimal) -> str:
    return f"+{price(value)}" if value > 0 else price(value)


def percent(value: Decimal, *, signed: bool = False, places: int = 2) -> str:
    """`0.66 %`; with `signed` `+0.66 %`."""
    return _minus(money.percent_text(value, places=places, sign=signed))


def quantity(value: Decimal) -> str:
    """`1,200`, `0.5`, `−2`."""
    return _minus(money.quantity_text(value))


def whole(value: Decimal) -> str:
    """`23`."""
    return f"{value:,.0f}".replace("-", "−")


def _minus(text: str) -> str:
    """The minus that stands as high as a plus, also on a phone."""
    return text.replace("-", "−")


def volume(value: Decimal) -> str:
    """`12.3M`, `840k`, `12`."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:.1f}M"
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:,.0f}"


def span(length: timedelta) -> str:
    """`3 s`, `5 min`, `2 h`, `3 days`."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    if seconds < 172_800:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} days"


def age(at: datetime, now: datetime) -> str:
    return f"{span(now - at)} old"


def closing(at: datetime, now: datetime, closed_at: datetime | None) -> str:
    """What a price of a closed session is: it does not get newer by being read again."""
    if closed_at is None:
        return f"closing quote, read {span(now - at)} ago"
    return f"closing quote of {when(closed_at, day=True)}"


def account_words(account: BrokerAccount) -> str:
    """`…0001 Individual, Margin`, with the owner's nickname when it says more."""
    kind = ", ".join(esc(word, 40) for word in (account.account_type, account.margin_or_cash) if word)
    name = esc(account.nickname, 40)
    if name and name != esc(account.account_type, 40):
        kind = f"{kind}, {name}" if kind else name
    return f"{esc(account.masked, 8)} {kind}".strip()


def scope(name: str) -> str:
    """Whom a halt or a limit is about: `Desk`, `PRACTICE account …0001`, a person."""
    if user_of(name):
        return person(user_of(name))
    return raised(esc(scope_words(name), 40).removeprefix("the "))


def lowered(text: str) -> str:
    """`buy 100 AAPL …`: words of ours behind a colon."""
    return text[:1].lower() + text[1:]


def raised(text: str) -> str:
    return text[:1].upper() + text[1:]


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def counted(count: int, one: str, many: str = "") -> str:
    """`1 order`, `2 orders`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
