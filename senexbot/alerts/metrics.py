"""What the operator's monitor is told of the alerts. Counts alone, of nobody."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from senexbot.alerts.watch import LinkWatch
from senexbot.domain.alerting.rules import AlertRule, RuleState


class AlertMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._looks = Counter(
            "senexbot_alert_values", "Values that left their band or were looked at", registry=registry
        )
        self._wakings = Counter("senexbot_alert_evaluations", "Evaluations of an alert", registry=registry)
        self._firings = Counter("senexbot_alert_firings", "Alerts fired and stored", registry=registry)
        self._blind = Counter(
            "senexbot_alert_blind_seconds", "Seconds in which a link's feed saw nothing", registry=registry
        )
        self._rules = Gauge("senexbot_alert_rules", "Alerts by state", ["state"], registry=registry)
        self._told: dict[int, tuple[float, ...]] = {}

    def states(self, rules: Iterable[AlertRule]) -> None:
        counts = Count(rule.state for rule in rules)
        for state in RuleState:
            self._rules.labels(state.value).set(counts.get(state, 0))

    def watched(self, watch: LinkWatch) -> None:
        """What has been added since it was last told."""
        figures = (
            float(watch.board.looks),
            float(watch.board.wakings),
            float(watch.firings),
            watch.blindness.seconds,
        )
        before = self._told.get(id(watch), (0.0,) * len(figures))
        self._told[id(watch)] = figures
        counters = (self._looks, self._wakings, self._firings, self._blind)
        for counter, now, then in zip(counters, figures, before, strict=True):
            counter.inc(max(now - then, 0.0))

    def ended(self, watch: LinkWatch) -> None:
        self.watched(watch)
        self._told.pop(id(watch), None)
