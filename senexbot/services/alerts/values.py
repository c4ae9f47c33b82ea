"""The instruments of an alert's condition, and what they are worth now as far as a quote tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from senexbot.domain.alerting.nearness import Values
from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.rules import AlertRule, Watched
from senexbot.domain.alerting.terms import AlertTerms, Field, Source
from senexbot.domain.alerting.trees import instruments_of
from senexbot.domain.errors import BrokerFault
from senexbot.domain.instruments import Instrument
from senexbot.domain.market import Quote
from senexbot.domain.parsing_quote import parse_quote
from senexbot.ports import BrokerReads
from senexbot.services.quotes import Quotes

MOST_QUOTED = 100  # instruments in one look at a list


class AlertValues:
    def __init__(self, *, quotes: Quotes, reads: BrokerReads) -> None:
        self._quotes = quotes
        self._reads = reads

    async def resolve(self, link_id: str, terms: AlertTerms) -> tuple[tuple[Watched, ...], Values]:
        """Raises ParseError for a symbol that the broker does not know, with the nearest ones as alerts."""
        found: dict[str, Instrument] = {}
        for symbol in instruments_of(terms.condition):
            (term,) = parse_quote(symbol)
            command = f"alert {_with_gap(text_of(terms), symbol)}"
            found[symbol] = await self._quotes.need(link_id, term, command=command)
        watched = tuple(
            Watched(symbol, one.symbol, one.streamer_symbol, one.words) for symbol, one in found.items()
        )
        quotes = await self._quoted(link_id, found.values())
        return watched, values_of({symbol: quotes.get(one.symbol) for symbol, one in found.items()})

    async def values(self, rules: Iterable[AlertRule]) -> Mapping[str, Values]:
        """By rule, over each rule's own link: what stands in a list. Nothing is known where the broker is away."""
        by_link: dict[str, dict[str, Watched]] = {}
        rules = tuple(rules)
        for rule in rules:
            wanted = by_link.setdefault(rule.link_id, {})
            if len(wanted) < MOST_QUOTED:
                wanted.update({one.broker_symbol: one for one in rule.instruments})
        quotes = {link_id: await self._read(link_id, wanted.values()) for link_id, wanted in by_link.items()}
        return {
            rule.id: values_of(
                {one.symbol: quotes[rule.link_id].get(one.broker_symbol) for one in rule.instruments}
            )
            for rule in rules
        }

    async def _read(self, link_id: str, wanted: Iterable[Watched]) -> Mapping[str, Quote]:
        try:
            found = [await self._quotes.find(link_id, parse_quote(one.symbol)[0]) for one in wanted]
        except BrokerFault:
            return {}
        return await self._quoted(link_id, [one for one in found if isinstance(one, Instrument)])

    async def _quoted(self, link_id: str, instruments: Iterable[Instrument]) -> Mapping[str, Quote]:
        try:
            return await self._reads.quotes(link_id, tuple(instruments))
        except BrokerFault:
            return {}  # the feed will tell; until then nothing is assumed to be true


def _with_gap(text: str, symbol: str) -> str:
    """The text with {} wherever the symbol stands by itself."""
    return re.sub(rf"(?<![\w/]){re.escape(symbol)}(?![\w/])", "{0}", text)


def values_of(quotes: Mapping[str, Quote | None]) -> Values:
    """A source's value from a quote of its symbol; what a quote does not have (greeks, an option's volatility) is not known."""

    def value(source: Source) -> Decimal | None:
        quote = quotes.get(source.symbol)
        return None if quote is None else _field(quote, source.field)

    return value


def _field(quote: Quote, field: Field) -> Decimal | None:
    if field is Field.MARK:
        last, bid, ask = quote.last, quote.bid, quote.ask
        return last if last is None or bid is None or ask is None else max(bid, min(last, ask))
    if field is Field.IV_RANK:
        return None if quote.iv_rank is None else quote.iv_rank * 100
    if field is Field.IV:
        return None if quote.iv is None else quote.iv * 100
    simple = {
        Field.LAST: quote.last,
        Field.BID: quote.bid,
        Field.ASK: quote.ask,
        Field.MID: quote.mid,
        Field.VOLUME: quote.volume,
    }
    return simple.get(field)
