"""Every command with hostile text: acknowledged within 3 s, a clear answer, no traceback, no mention (I74, I75)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.stage import Stage, shown, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = ("/senex", "/quote", "/order", "/orders", "/positions", "/balances", "/alert")
HOSTILE = {
    "empty": "",
    "ten thousand characters": "buy 1 AAPL @ 1 " * 667,
    "one long word": "A" * 10_000,
    "channel mention": "<!channel>",
    "user mention": "buy <@U0DXKRL56AH> AAPL @ 1",
    "full-width digits": "buy １００ AAPL @ １８７",
    "not a number": "buy NaN AAPL @ NaN",
    "infinite": "buy 1e309 AAPL @ 1e309",
    "emoji": "buy 😀 AAPL 🚀🚀🚀",
    "control characters": "buy\x00 1\x1b[31m AAPL\x07 @ 1",
    "bidi and zero width": "buy 1 A\u202eLPA\u200b @ 1",
    "look-alike": "buy 1 \u0410APL @ 1",
    "markup": "*bold* `code` <https://evil.example|click>",
    "injection": "'; DROP TABLE intents; --",
    "newlines": "buy 1\nAAPL\n@ 1\n",
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    path: Path = tmp_path_factory.mktemp("hostile")
    async with stage(path) as opened:
        await opened.connect("ana")
        yield opened


@pytest.mark.parametrize("command", COMMANDS)
async def test_i75_hostile_text_gets_a_clear_answer(desk: Stage, command: str) -> None:
    for name, text in HOSTILE.items():
        before = {m["ts"] for m in await desk.messages("ana")}
        answer = await desk.command("ana", text, command=command)
        assert answer["ack_ms"] < 3000, name
        message = await desk.until(
            "ana",
            lambda m, before=before: m["ts"] not in before and not shown(m).startswith("Asking"),
            seconds=15,
        )
        said = shown(message)
        assert "Traceback" not in said, (name, said)
        assert "Reference" not in said, (name, said)
        assert not re.search(r"<!(?:channel|here|everyone)|<@U0DXKRL56AH>", said), (name, said)
        await asyncio.sleep(0.15)  # under the flood limit of one person
    assert await desk.creates() == []
    assert "Traceback" not in desk.bot.log.decode()
