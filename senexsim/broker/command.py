"""`senexsim broker`: announce the simulator on standard output and serve it until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
import sys

from senexsim.broker.server import BrokerSim
from senexsim.broker.wire import dumps

OK, FAILED = 0, 1


def serve(*, port: int, seed: int, speed: float) -> int:
    """Returns the exit code: 0 after a signal, 1 when the port could not be had."""
    try:
        asyncio.run(_serve(port, seed, speed))
    except OSError as fault:
        sys.stderr.write(f"senexsim broker: cannot listen on port {port}: {fault.strerror or fault}\n")
        return FAILED
    return OK


async def _serve(port: int, seed: int, speed: float) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with BrokerSim(port=port, seed=seed, speed=speed) as sim:
        sys.stdout.write(dumps(sim.info).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()
