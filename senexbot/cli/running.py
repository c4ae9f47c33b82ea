"""`senexbot run`: start, print the ready line, serve until SIGTERM, drain. Exit codes: 0, 1, 78."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from senexbot import logs
from senexbot.domain.errors import ConfigError, SenexError, WrongKey
from senexbot.settings import Settings, load

OK, FAILED, SETTINGS = 0, 1, 78


def run_bot(role: str) -> int:
    try:
        settings = load(os.environ)
    except ConfigError as fault:
        return _settings_fault(fault)
    logs.conceal(*settings.secrets())
    logs.configure(settings.log_level)
    try:
        return asyncio.run(_serve(settings, role))
    except ConfigError as fault:
        return _settings_fault(fault)
    except WrongKey as fault:
        return _settings_fault(ConfigError(f"the encryption keys do not fit this database: {fault.message}"))
    except SenexError as fault:
        print(f"senexbot cannot start: {fault.message}", file=sys.stderr)
        return FAILED


async def _serve(settings: Settings, role: str) -> int:
    from senexbot.bootstrap import Bot

    loop = asyncio.get_running_loop()
    bot = Bot(settings, role)
    stop = bot.stopped
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    starting = asyncio.ensure_future(bot.start())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return OK
    stopping.cancel()
    await starting  # raises what the start raised
    print(f"state directory: {settings.state_dir.resolve()}", file=sys.stderr)
    print(json.dumps(bot.ready_line()), flush=True)
    await stop.wait()
    await bot.stop()
    return FAILED if bot.fenced else OK


def _settings_fault(fault: ConfigError) -> int:
    print("senexbot cannot start with these settings:", file=sys.stderr)
    for line in fault.message.splitlines():
        print(f"  - {line}", file=sys.stderr)
    print("`senexbot doctor` checks everything and says how to mend it.", file=sys.stderr)
    return SETTINGS
