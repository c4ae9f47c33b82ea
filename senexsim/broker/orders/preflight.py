"""May this account trade so: the checks between a well-formed order and its acceptance.

Codes marked "ours" in the text below are not documented by the broker; everything else is. Tick size is
not looked at here: the broker finds out at the exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from senexsim.broker.accounts.book import NEW_YORK, Account
from senexsim.broker.accounts.fees import calculation
from senexsim.broker.accounts.prices import EQUITY, FUTURE, FUTURE_OPTION, OPTION, Prices
from senexsim.broker.orders.effects import Effect, effect_of
from senexsim.broker.orders.model import ComplexOrder, Leg, Order
from senexsim.broker.wire import Refusal, invalid

ZERO = Decimal(0)
MESSAGE: Final = "One or more preflight checks failed"
ORDER_SIZES: Final = {EQUITY: 50_000, OPTION: 10_000, FUTURE: 2_500, FUTURE_OPTION: 2_500}
UNCOVERED_LEVEL: Final = "No Restrictions"
LAST_OPENING: Final = timedelta(minutes=30)
CLOSE_HOUR: Final = 16
Item = dict[str, Any]


def _item(code: str, message: str) -> Item:
    return {"code": code, "message": message}


@dataclass
class Verdict:
    """The outcome of the checks on one order; `effect` is None when it never got so far."""

    order: Order
    warnings: list[Item] = field(default_factory=list)
    errors: list[Item] = field(default_factory=list)
    effect: Effect | None = None

    def report(self, key: str, view: object) -> dict[str, Any]:
        """The `data` of a dry run or of a placed order."""
        assert self.effect is not None
        return {
            key: view,
            "warnings": self.warnings,
            "buying-power-effect": self.effect.view(),
            "fee-calculation": calculation(self.effect.fees),
        }

    def raise_errors(self) -> None:
        """Raise the 422 the broker answers; with `data` beside the error when only margin failed."""
        if not self.errors:
            return
        data = {"buying-power-effect": self.effect.view()} if self.effect else None
        raise Refusal(422, "preflight_check_failure", MESSAGE, self.errors, data=data)


@dataclass(frozen=True)
class Checks:
    """The checks on one order of one account at one moment.

    `assumed` are signed quantities that a trigger order will have brought by then.
    """

    account: Account
    prices: Prices
    now: datetime
    replaced: int | None = None
    assumed: Mapping[str, Decimal] = field(default_factory=dict)

    def run(self, order: Order) -> Verdict:
        """All checks; closing legs without a position are re-tagged on the order itself."""
        self._listed(order)
        verdict = Verdict(order)
        verdict.errors += [
            *self._type_rules(order),
            *_price_rules(order),
            *_sizes(order),
            *self._futures(order),
        ]
        for leg in order.legs:
            self._position_effect(order, leg, verdict)
            verdict.errors += self._expiring(leg)
        if verdict.errors:
            return verdict
        verdict.effect = effect_of(self.account, self.prices, order, self.replaced)
        protects = bool(self.assumed) and not any(self._opens(leg) for leg in order.legs)
        order.reserved = ZERO if protects else max(-verdict.effect.change, ZERO)
        if self._closed(order):
            verdict.warnings.append(
                _item("tif.next_valid_session", "Your order will begin working during next valid session.")
            )
        if not self.assumed:
            verdict.errors += self._affordable(verdict.effect)
        return verdict

    def _listed(self, order: Order) -> None:
        for leg in order.legs:
            instrument = self.prices.instrument(leg.symbol)
            ended = instrument is not None and instrument.future is not None and not instrument.future.active
            if instrument is None or ended or (instrument.is_index and instrument.option is None):
                raise Refusal(422, "invalid_symbol", f"{leg.symbol} is not a tradeable symbol")
            if instrument.kind != leg.instrument_type:
                raise invalid("instrument-type", "does not match the symbol")
        first = self.prices.instrument(order.legs[0].symbol)
        order.underlying = first.underlying_symbol if first else order.underlying

    def _type_rules(self, order: Order) -> Iterator[Item]:
        lasting = order.time_in_force.startswith("GT")
        opens = any(self._opens(leg) for leg in order.legs)
        if order.order_type in ("Market", "Notional Market"):
            if lasting and order.order_type == "Market":
                yield _item("gtc_market_orders_not_supported", "GTC/GTD Market orders are not supported.")
            if len(order.legs) > 1:  # ours
                yield _item("market_order_single_leg_only", "Market orders must have a single leg.")
            if opens and self._closed(order) and not order.conditions:  # ours
                yield _item(
                    "opening_market_order_while_closed",
                    "Opening market orders are only accepted while the market is open.",
                )
        if order.order_type == "Stop" and lasting and opens:  # ours
            yield _item("gtc_stop_must_close", "GTC stop orders are only supported for closing orders.")

    def _closed(self, order: Order) -> bool:
        return self.prices.session_state(order.legs[0].instrument_type) != "Open"

    def _held(self, leg: Leg) -> Decimal:
        return self.account.held(leg.symbol) + self.assumed.get(leg.symbol, ZERO)

    def _opens(self, leg: Leg) -> bool:
        """Whether it brings something new; a future's plain Buy or Sell does what the position makes of it."""
        if leg.opens or leg.closes:
            return leg.opens
        return (leg.quantity or ZERO) > max(-self._held(leg) * leg.sign, ZERO)

    def _futures(self, order: Order) -> Iterator[Item]:
        leg = order.legs[0]
        instrument = self.prices.instrument(leg.symbol)
        if instrument is None or (instrument.future is None and instrument.on_future is None):
            return
        if not self.account.futures_enabled:  # ours
            yield _item("futures_not_enabled", "The account is not approved for trading futures.")
        elif instrument.future is not None and instrument.future.only_closes and self._opens(leg):  # ours
            yield _item("instrument_closing_only", f"{leg.symbol} can only be closed.")

    def _position_effect(self, order: Order, leg: Leg, verdict: Verdict) -> None:
        held = self._held(leg)
        if not leg.opens and not leg.closes:
            return
        if leg.opens:
            if held * leg.sign < 0:  # ours
                verdict.errors.append(
                    _item(
                        "cannot_open_opposite_position",
                        "You cannot be long and short the same symbol; close the existing position first.",
                    )
                )
        elif held * leg.sign >= 0:
            self._nothing_to_close(order, leg, verdict)
        elif leg.quantity is not None and leg.quantity > abs(held) - self._closing(leg, order):  # ours
            verdict.errors.append(
                _item(
                    "closing_quantity_exceeds_position",
                    "The quantity is greater than the position left after working closing orders.",
                )
            )

    def _nothing_to_close(self, order: Order, leg: Leg, verdict: Verdict) -> None:
        side = "buy" if leg.sign > 0 else "sell"
        text = "You cannot route a closing order without an existing position to close."
        if order.strict:
            verdict.errors.append(_item("closing_with_no_position", text))
            return
        leg.action = f"{side.capitalize()} to Open"
        text = f"{text} This order will be updated to a {side} to open order when routed."
        verdict.warnings.append(_item("closing_with_no_position", text))

    def _closing(self, leg: Leg, order: Order) -> Decimal:
        """What other working orders already close; the two sides of an OCO count once."""
        by_group: dict[object, Decimal] = {}
        for other in self.account.orders.values():
            if other.is_terminal or other.id == self.replaced:
                continue
            if other.complex_id is not None and other.complex_id == order.complex_id:
                continue
            for mine in other.legs:
                if mine.symbol == leg.symbol and mine.sign == leg.sign and mine.closes:
                    group = ("complex", other.complex_id) if other.complex_id else ("single", other.id)
                    by_group[group] = max(by_group.get(group, ZERO), mine.remaining)
        return sum(by_group.values(), ZERO)

    def _expiring(self, leg: Leg) -> Iterator[Item]:
        instrument = self.prices.instrument(leg.symbol)
        if instrument is None or instrument.option is None or leg.action != "Sell to Open":
            return
        local = self.now.astimezone(NEW_YORK)
        close = local.replace(hour=CLOSE_HOUR, minute=0, second=0, microsecond=0)
        if instrument.on_future is not None:
            close = instrument.on_future.expires_at
        if local.date() == instrument.option.expiration and local > close - LAST_OPENING:
            yield _item("too_close_to_expiration", "The option expires too soon to be opened.")

    def _affordable(self, effect: Effect) -> Iterator[Item]:
        if effect.uncovered and self.account.options_level != UNCOVERED_LEVEL:  # ours
            yield _item(
                "uncovered_options_not_permitted", "The account is not approved for uncovered options."
            )
        if not effect.affordable:
            yield _item(
                "margin_check_failed",
                "Account does not have sufficient buying power available for this order.",
            )


def _price_rules(order: Order) -> Iterator[Item]:
    signs = {leg.sign for leg in order.legs}
    effect = order.price_effect or order.value_effect
    if signs == {1} and effect == "Credit":
        yield _item("cant_buy_for_credit", "You cannot buy for a credit.")
    if signs == {-1} and effect == "Debit":
        yield _item("cant_sell_for_debit", "You cannot sell for a debit.")


def _sizes(order: Order) -> Iterator[Item]:
    for leg in order.legs:
        if leg.quantity is not None and leg.quantity > ORDER_SIZES[leg.instrument_type]:  # ours
            yield _item("order_size_exceeded", "The quantity is above the account's order size limit.")


def _oco_mix(complex_order: ComplexOrder) -> Iterator[Item]:
    if complex_order.type == "OTO":
        return
    kinds = sorted(order.order_type for order in complex_order.orders)
    if kinds[0] != "Limit" or kinds[1] not in ("Stop", "Stop Limit"):
        yield _item(
            "invalid_oco_order_type_combo",
            "OCO Orders must have one Limit order and one Stop or Stop Limit order.",
        )


def check_complex(account: Account, prices: Prices, now: datetime, wanted: ComplexOrder) -> Verdict:
    """Checks of all parts; the report shows the effect of the part that can trade first."""
    mix = list(_oco_mix(wanted))
    if mix:
        raise Refusal(422, "preflight_check_failure", MESSAGE, mix)
    assumed: dict[str, Decimal] = {}
    verdicts = []
    for part in wanted.parts:
        checks = Checks(account, prices, now, assumed=dict(assumed))
        verdict = checks.run(part)
        for error in verdict.errors:
            error["preflight-id"] = part.preflight_id
        verdicts.append(verdict)
        if part is wanted.trigger:
            assumed = {leg.symbol: leg.sign * (leg.quantity or ZERO) for leg in part.legs}
    whole = Verdict(wanted.parts[0], effect=verdicts[0].effect)
    for verdict in verdicts:
        whole.warnings += [w for w in verdict.warnings if w not in whole.warnings]
        whole.errors += verdict.errors
    return whole
