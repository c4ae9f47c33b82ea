"""`senexsim broker`: announce the simulator on standard output and serve it until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
import sys

from senexsim.broker.scenario.script import ScenarioFault
from senexsim.broker.server import BrokerSim
from senexsim.broker.wire import dumps

OK, FAILED, USAGE = 0, 1, 2


def serve(*, port: int, seed: int, speed: float, scenario: str | None) -> int:
    """Returns the exit code: 0 after a signal, 1 when the port could not be had, 2 for no such scenario."""
    try:
        sim = BrokerSim(port=port, seed=seed, speed=speed, scenario=scenario)
    except ScenarioFault as fault:
        sys.stderr.write(f"senexsim broker: {fault}\n")
        return USAGE
    try:
        asyncio.run(_serve(sim))
    except OSError as fault:
        sys.stderr.write(f"senexsim broker: cannot listen on port {port}: {fault.strerror or fault}\n")
        return FAILED
    return OK


async def _serve(sim: BrokerSim) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with sim:
        sys.stdout.write(dumps(sim.info).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()
