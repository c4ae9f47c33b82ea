"""Option symbols in both tongues: OCC as tastytrade writes it, and dxFeed's streamer symbol. Pure text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final, cast

from senexsim.broker.market.model import Right

_OCC: Final = re.compile(r"([A-Z0-9]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})", re.ASCII)
_STREAMER: Final = re.compile(
    r"\.([A-Z][A-Z0-9]{0,5}?)(\d{2})(\d{2})(\d{2})([CP])(\d{1,5}(?:\.\d{1,3})?)", re.ASCII
)
OptionKey = tuple[str, date, Right, Decimal]


def occ(root: str, expiration: date, right: Right, strike: Decimal) -> str:
    """`SPY   261218C00590000`: the root padded to six, the strike in thousandths."""
    return f"{root:<6}{expiration:%y%m%d}{right}{int(strike * 1000):08d}"


def streamer(root: str, expiration: date, right: Right, strike: Decimal) -> str:
    """`.SPY261218C590`, `.AAPL260619C197.5`: the strike without trailing zeros."""
    return f".{root}{expiration:%y%m%d}{right}{strike_text(strike)}"


def strike_text(strike: Decimal) -> str:
    """Plain digits, no exponent, no trailing zeros."""
    text = format(strike, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_occ(symbol: str) -> OptionKey | None:
    """The parts of a padded OCC symbol; None when it is not one, the padding included."""
    match = _OCC.fullmatch(symbol) if len(symbol) == 21 else None
    if match is None:
        return None
    return _key(match, Decimal(match[6]).scaleb(-3))


def parse_streamer(symbol: str) -> OptionKey | None:
    """The parts of a streamer symbol in its normal form (`.SPY261218C590`, not `C590.0`)."""
    match = _STREAMER.fullmatch(symbol)
    if match is None:
        return None
    key = _key(match, Decimal(match[6]))
    return key if key is not None and streamer(key[0], key[1], key[2], key[3]) == symbol else None


def _key(match: re.Match[str], strike: Decimal) -> OptionKey | None:
    root, year, month, day, right = match.groups()[:5]
    try:
        expiration = date(2000 + int(year), int(month), int(day))
    except ValueError:
        return None
    return root, expiration, cast("Right", right), strike.normalize() + Decimal(0)
