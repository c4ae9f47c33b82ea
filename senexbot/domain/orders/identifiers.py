"""The tags of what hangs on one intent: its own identifier with a tail, so that each order has its own (I5).

A child of a complex order is `<identifier>.1`, a replacement `<identifier>.r1`, a child's `<identifier>.1.r2`.
The identifier itself is unique, hence so are these; an order seen with one of them leads back to its intent.
"""

from __future__ import annotations

import re

_REPLACED = re.compile(r"\.r[1-9][0-9]{0,4}\Z", re.ASCII)
_CHILD = re.compile(r"\.[1-9]\Z", re.ASCII)


def child_identifier(identifier: str, number: int) -> str:
    """Of the child with this number, counted from 1."""
    return f"{identifier}.{number}"


def replacement_identifier(identifier: str, number: int) -> str:
    """Of the order that the replacement with this number, counted from 1, makes of the order or child so named."""
    return f"{identifier}.r{number}"


def order_identifier(identifier: str) -> str:
    """That of the order or child which a replacement of it, or itself, is named after."""
    return _REPLACED.sub("", identifier)


def base_identifier(identifier: str) -> str:
    """The intent's own identifier, from its or from one that hangs on it."""
    return _CHILD.sub("", order_identifier(identifier))
