"""What the broker says of underlyings for risk: beta, IV rank, the next earnings, the next ex-dividend day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from senexbot.broker import raw
from senexbot.broker.chains import trading_day
from senexbot.broker.rest import Rest
from senexbot.domain.risk.view import Metrics
from senexbot.ports import Clock

CHUNK = 100
METRICS_FOR = 900.0  # seconds that figures of a day are believed
MOST_KEPT = 2000


class MetricsReads:
    """Through one link; kept for a quarter of an hour."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, Metrics]] = {}

    def forget(self, link_id: str) -> None:
        for key in [key for key in self._kept if key[0] == link_id]:
            del self._kept[key]

    async def metrics(self, link_id: str, symbols: Sequence[str]) -> Mapping[str, Metrics]:
        """By symbol; what the broker does not list is missing. Raises BrokerFault when it does not answer."""
        now = self._clock.monotonic()
        due = [
            s
            for s in raw.unique(symbols)
            if now - self._kept.get((link_id, s), (-METRICS_FOR,))[0] >= METRICS_FOR
        ]
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        for start in range(0, len(due), CHUNK):
            wanted = ",".join(due[start : start + CHUNK])
            body = await self._rest.get(link_id, "/market-metrics", [("symbols", wanted)])
            today = trading_day(self._clock.now())
            for row in raw.mappings(raw.items(body)):
                symbol = raw.text(row.get("symbol"), 40)
                if symbol in due:
                    self._kept[link_id, symbol] = (now, metrics_of(row, today))
        return {s: self._kept[link_id, s][1] for s in symbols if (link_id, s) in self._kept}


def metrics_of(row: raw.Raw, today: date) -> Metrics:
    """Both dates of a dividend are read, because the broker tells the coming one under either name."""
    rank = raw.number(raw.first(row, "implied-volatility-index-rank", "implied-volatility-rank"))
    days = [raw.day(row.get(key)) for key in ("dividend-ex-date", "dividend-next-date")]
    coming = [day for day in days if day is not None and day >= today]
    report = raw.day(raw.mapping(row.get("earnings")).get("expected-report-date"))
    return Metrics(
        beta=raw.number(row.get("beta")),
        iv_rank=rank if rank is not None and 0 <= rank <= 1 else None,
        earnings=report if report is not None and report >= today else None,
        ex_dividend=min(coming, default=None),
        dividend=raw.positive(row.get("dividend-rate-per-share")),
    )
