"""The long tasks of one process, by role. Roles are lists of tasks, not different programs."""

from __future__ import annotations

import os
import socket

from senexbot.clock import SystemClock
from senexbot.handlers.asking import Desk
from senexbot.ports import Lease
from senexbot.runtime import Supervisor, side_by_side
from senexbot.services.leading import Leading
from senexbot.services.news.outbox import Relay
from senexbot.services.streams import AccountStreams, PeopleSweep
from senexbot.store.engine import SqlStore
from senexbot.wiring import House

LAPSE_SECONDS = 1.0
GENERATION_SECONDS = 5.0
POLICY_SECONDS = 5.0
UPKEEP_SECONDS = 3600.0


def start_tasks(house: House, supervisor: Supervisor, role: str) -> None:
    """Begin what this role does; `web` has only the upkeep, the rest of it is the transport."""
    world, desk = house.world, house.desk
    store, broker, clock, rules = world.store, world.broker, world.clock, world.rules
    # An earlier start in the role "all" is fenced: its lease is taken over without waiting for the term.
    owner = "all" if role == "all" else f"{socket.gethostname()}:{os.getpid()}"
    if role in {"all", "stream"}:
        streams = AccountStreams(
            store=store,
            feeds=broker.account_feeds,
            sink=house.following,
            clock=clock,
            forget=broker.reads.forget,
        )

        async def stream(lease: Lease) -> None:
            await side_by_side(
                supervisor,
                {
                    "alerts": lambda: house.engine.run(lease),
                    "account streams": streams.run,
                    "sweeps": lambda: house.following.run(desk.links.broken),
                    "settling": house.settling.run,
                    "daily losses": house.daily_loss.run,
                    "replacements": house.settling_replaces.run,
                    "walks": lambda: desk.walking.run(lease),
                    "flatten": lambda: house.flatten_running.run(lease),
                    "risk": lambda: house.risk_watch.run(lease),
                },
            )

        leading = Leading(store=store, clock=clock, owner=owner, name="stream", alone=store.path is not None)
        supervisor.start("streams", lambda: leading.run(stream))
        supervisor.start("previews", lambda: _lapse(desk, clock))
        supervisor.start("policy", lambda: _change_policy(desk, clock))
    if role in {"all", "relay"}:
        relay = Relay(
            store=store, messenger=world.slack, clock=clock, rules=rules, owner=owner, tally=house.tally
        )
        people = PeopleSweep(store=store, messenger=world.slack, links=desk.links, clock=clock)
        supervisor.start("messages", relay.run)
        supervisor.start("people", people.run)
    if role in {"all", "stream", "web"}:
        supervisor.start("market data", broker.value_feeds.run)
    supervisor.start("upkeep", lambda: _keep_up(store, clock))
    supervisor.start("generation", lambda: _watch_generation(store, clock))


async def _lapse(desk: Desk, clock: SystemClock) -> None:
    """What nobody confirmed or decided in time ends; what was approved and not sent is."""
    while True:
        await desk.previews.lapse_due()
        await desk.approvals.lapse_due()
        await desk.mandates.pass_time()
        await desk.executing.run_due()
        await desk.flattening.lapse_due()
        await clock.sleep(LAPSE_SECONDS)


async def _change_policy(desk: Desk, clock: SystemClock) -> None:
    """Loosenings of the policy take effect when their time has come (I38)."""
    while True:
        await desk.policies.adopt_due()
        await clock.sleep(POLICY_SECONDS)


async def _keep_up(store: SqlStore, clock: SystemClock) -> None:
    """Forget what has served, every hour."""
    while True:
        await store.prune()
        await clock.sleep(UPKEEP_SECONDS)


async def _watch_generation(store: SqlStore, clock: SystemClock) -> None:
    """Raises Fenced, which ends the program, when a newer start owns the database (I65)."""
    while True:
        async with store.begin() as tx:
            await tx.check_generation()
        await clock.sleep(GENERATION_SECONDS)
