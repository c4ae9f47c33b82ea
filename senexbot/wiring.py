"""Which object stands where: the use cases wired to the ports. Nothing is opened or started here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from senexbot.alerts.engine import Engine
from senexbot.alerts.gap_watch import GapWatch
from senexbot.alerts.metrics import AlertMetrics
from senexbot.broker.adapter import Tastytrade
from senexbot.clock import SystemClock
from senexbot.handlers.asking import Desk
from senexbot.ids import RandomIds
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.backtesting import Backtesting
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.gap_check import CandleCheck
from senexbot.services.alerts.inbox import AlertInbox
from senexbot.services.alerts.places import AlertPlaces
from senexbot.services.alerts.rules import AlertRules
from senexbot.services.alerts.tally import AlertTally
from senexbot.services.alerts.values import AlertValues
from senexbot.services.approval.approvals import Approvals
from senexbot.services.approval.asked_of_me import WaitingApprovals
from senexbot.services.approval.executing import Executing
from senexbot.services.approval.mandate_check import MandateCheck
from senexbot.services.approval.mandates import Mandates
from senexbot.services.approval.quotes import ApprovalQuotes
from senexbot.services.approval.standing_in import StandingIn
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.halts.daily_loss import DailyLoss
from senexbot.services.halts.flatten_planning import FlattenPlanning
from senexbot.services.halts.flatten_running import FlattenRunning
from senexbot.services.halts.flattening import Flattening
from senexbot.services.halts.halts import Halts
from senexbot.services.halts.mass_cancelling import MassCancelling
from senexbot.services.links import Links
from senexbot.services.orders.cancelling import Cancelling
from senexbot.services.orders.external import ExternalOrders
from senexbot.services.orders.following import Following
from senexbot.services.orders.gate import Gate
from senexbot.services.orders.lists import Orders
from senexbot.services.orders.looking_ahead import LookingAhead
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.move_offers import MoveOffers
from senexbot.services.orders.previews import Previews
from senexbot.services.orders.replacing import Replacing
from senexbot.services.orders.resolving import Resolving
from senexbot.services.orders.sending import Sending
from senexbot.services.orders.settling import Settling
from senexbot.services.orders.settling_replaces import SettlingReplaces
from senexbot.services.orders.walking import Walking
from senexbot.services.policy.check import PolicyCheck
from senexbot.services.policy.editing import Policies
from senexbot.services.quotes import Quotes
from senexbot.services.risk.desk import Risk
from senexbot.services.risk.looking import RiskLooking
from senexbot.services.risk.watch import RiskWatch
from senexbot.services.rules import DeskRules
from senexbot.slack.messenger import SlackMessenger
from senexbot.slack.pictures import Pictures
from senexbot.store.engine import SqlStore
from senexbot.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was opened: the adapters behind the ports."""

    store: SqlStore
    broker: Tastytrade
    slack: SlackMessenger
    pictures: Pictures
    vault: Vault
    clock: SystemClock
    rules: DeskRules


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The use cases: `desk` for the handlers, `registry` of what they count, the rest for the long tasks."""

    world: World
    desk: Desk
    following: Following
    settling: Settling
    settling_replaces: SettlingReplaces
    engine: Engine
    registry: CollectorRegistry
    daily_loss: DailyLoss
    flatten_running: FlattenRunning
    risk_watch: RiskWatch
    tally: AlertTally


def wire(world: World, health: Callable[[], Mapping[str, str]]) -> House:
    """`health`: the long tasks by name, in words, for `status`."""
    store, broker, clock, rules = world.store, world.broker, world.clock, world.rules
    ids, gate = RandomIds(clock=clock), Gate()
    accounts = Accounts(store=store, reads=broker.reads)
    quotes = Quotes(accounts=accounts, reads=broker.reads)
    market = MarketReader(reads=broker.reads)
    following = Following(store=store, desk=broker.desk, clock=clock, rules=rules, gate=gate)
    daily_loss = DailyLoss(
        store=store, reads=broker.reads, clock=clock, rules=rules, exchange_zone=EXCHANGE_ZONE
    )
    mandate_check = MandateCheck(
        store=store, reads=broker.reads, messenger=world.slack, clock=clock, exchange_zone=EXCHANGE_ZONE
    )
    policy = PolicyCheck(
        store=store,
        reads=broker.reads,
        following=following,
        daily_loss=daily_loss,
        mandates=mandate_check,
        clock=clock,
        exchange_zone=EXCHANGE_ZONE,
    )
    sending = Sending(
        store=store,
        desk=broker.desk,
        market=market,
        clock=clock,
        rules=rules,
        gate=gate,
        following=following,
        policy=policy,
        messenger=world.slack,
    )
    executing = Executing(store=store, sending=sending, clock=clock, ids=ids)
    approvals = Approvals(store=store, messenger=world.slack, clock=clock, ids=ids, rules=rules)
    settling = Settling(
        store=store,
        desk=broker.desk,
        following=following,
        clock=clock,
        exchange_zone=EXCHANGE_ZONE,
        in_flight=sending.in_flight,
    )
    replacing = Replacing(
        store=store,
        desk=broker.desk,
        market=market,
        sending=sending,
        clock=clock,
        ids=ids,
        rules=rules,
    )
    walking = Walking(store=store, replacing=replacing, market=market, clock=clock)
    external = ExternalOrders(store=store, clock=clock, ids=ids, rules=rules, exchange_zone=EXCHANGE_ZONE)
    following.on_external(external.seen)
    settling_replaces = SettlingReplaces(
        store=store, desk=broker.desk, following=following, clock=clock, in_flight=sending.in_flight
    )
    registry = CollectorRegistry()
    engine = Engine(
        store=store,
        feeds=broker.value_feeds,
        reads=broker.reads,
        clock=clock,
        ids=ids,
        metrics=AlertMetrics(registry),
        gap_check=GapWatch(
            store=store,
            check=CandleCheck(candles=broker.candles, clock=clock, exchange_zone=EXCHANGE_ZONE),
            clock=clock,
            ids=ids,
        ),
    )
    cancelling = Cancelling(store=store, desk=broker.desk, following=following, clock=clock)
    mass_cancelling = MassCancelling(
        store=store, desk=broker.desk, reads=broker.reads, cancelling=cancelling, clock=clock, ids=ids
    )
    previews = Previews(
        store=store,
        desk=broker.desk,
        accounts=accounts,
        market=market,
        clock=clock,
        ids=ids,
        rules=rules,
        policy=policy,
        approvals=approvals,
        resolving=Resolving(reads=broker.reads, clock=clock, exchange_zone=EXCHANGE_ZONE),
        ahead=LookingAhead(reads=broker.reads, clock=clock, exchange_zone=EXCHANGE_ZONE),
    )
    places = AlertPlaces(messenger=world.slack)
    escalating = Escalating(store=store, places=places, admin_channel=rules.admin_channel)
    risk_looking = RiskLooking(
        store=store, reads=broker.reads, following=following, clock=clock, exchange_zone=EXCHANGE_ZONE
    )
    risk_watch = RiskWatch(store=store, looking=risk_looking, feeds=broker.value_feeds, clock=clock, ids=ids)
    following.on_account_news(risk_watch.account_changed)
    halts = Halts(store=store, clock=clock, rules=rules)
    links = Links(
        store=store,
        reads=broker.reads,
        box=world.vault,
        clock=clock,
        ids=ids,
        admin_channel=rules.admin_channel,
    )
    desk = Desk(
        rules=rules,
        store=store,
        clock=clock,
        ids=ids,
        slack=world.slack,
        pictures=world.pictures,
        accounts=accounts,
        quotes=quotes,
        links=links,
        previews=previews,
        approvals=approvals,
        approval_quotes=ApprovalQuotes(store=store, market=market),
        executing=executing,
        standing_in=StandingIn(store=store, messenger=world.slack, clock=clock),
        waiting=WaitingApprovals(store=store, messenger=world.slack, clock=clock, ids=ids),
        sending=sending,
        replacing=replacing,
        walking=walking,
        mandates=Mandates(
            store=store,
            messenger=world.slack,
            accounts=accounts,
            check=mandate_check,
            clock=clock,
            ids=ids,
            rules=rules,
        ),
        moves=MoveOffers(
            store=store,
            replacing=replacing,
            walking=walking,
            market=market,
            clock=clock,
            ids=ids,
            rules=rules,
        ),
        cancelling=cancelling,
        external=external,
        mass_cancelling=mass_cancelling,
        flattening=Flattening(
            store=store,
            accounts=accounts,
            planning=FlattenPlanning(
                store=store,
                reads=broker.reads,
                previews=previews,
                following=following,
                clock=clock,
                ids=ids,
                rules=rules,
            ),
            clock=clock,
        ),
        settling=settling,
        orders=Orders(
            store=store,
            desk=broker.desk,
            accounts=accounts,
            following=following,
            messenger=world.slack,
            clock=clock,
            ids=ids,
            exchange_zone=EXCHANGE_ZONE,
            external=external,
        ),
        inbox=AlertInbox(store=store, clock=clock),
        escalating=escalating,
        alerts=AlertRules(
            store=store,
            accounts=accounts,
            values=AlertValues(quotes=quotes, reads=broker.reads),
            places=places,
            escalating=escalating,
            clock=clock,
            ids=ids,
        ),
        backtesting=Backtesting(
            accounts=accounts,
            quotes=quotes,
            candles=broker.candles,
            clock=clock,
            exchange_zone=EXCHANGE_ZONE,
        ),
        halts=halts,
        policies=Policies(store=store, halts=halts, clock=clock, ids=ids, rules=rules),
        policy_check=policy,
        risk=Risk(
            store=store,
            accounts=accounts,
            looking=risk_looking,
            reads=broker.reads,
            places=places,
            escalating=escalating,
            clock=clock,
            ids=ids,
        ),
        alerts_changed=engine.rules_changed,
        health=lambda: dict(health()),
    )
    return House(
        world=world,
        desk=desk,
        following=following,
        settling=settling,
        settling_replaces=settling_replaces,
        engine=engine,
        registry=registry,
        daily_loss=daily_loss,
        risk_watch=risk_watch,
        tally=AlertTally(),
        flatten_running=FlattenRunning(
            store=store,
            previews=previews,
            sending=sending,
            cancelling=mass_cancelling,
            market=market,
            messenger=world.slack,
            clock=clock,
        ),
    )
