"""Pictures reach the thread they belong to, and no address but Slack's own gets one (I76)."""

import aiohttp
import pytest

from senexbot.domain.errors import Gone, MessengerFault, Transient
from senexbot.slack.messenger import http_session, web_client
from senexbot.slack.pictures import Pictures, may_upload
from senexsim.slack import SlackSim

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
REAL = "https://slack.com/api/"
SIM = "http://127.0.0.1:4000/api/"


@pytest.mark.parametrize(
    ("base", "url", "ok"),
    [
        (REAL, "https://files.slack.com/upload/v1/ABC", True),
        (REAL, "https://files.slack.com:443/upload/v1/ABC", True),
        (REAL, "http://files.slack.com/upload/v1/ABC", False),
        (REAL, "https://files.slack.com.evil.example/upload", False),
        (REAL, "https://files.slack.com@evil.example/upload", False),
        (REAL, "https://evil.example\\@files.slack.com/", False),
        (REAL, "https://files.slack.com:8443/upload", False),
        (REAL, "http://127.0.0.1:4000/upload", False),
        (REAL, "https://files.slack.com:port/", False),
        (SIM, "http://127.0.0.1:4000/upload/v1/ABC", True),
        (SIM, "http://127.0.0.1:4001/upload/v1/ABC", False),
        (SIM, "https://127.0.0.1:4000/upload/v1/ABC", False),
        (SIM, "http://user@127.0.0.1:4000/upload/v1/ABC", False),
        (SIM, "https://files.slack.com/upload/v1/ABC", False),
        (SIM, "", False),
    ],
)
def test_i76_bytes_go_to_slacks_own_file_host_only(base: str, url: str, ok: bool) -> None:
    assert may_upload(url, base) is ok


async def test_a_picture_stands_in_the_thread_of_its_card() -> None:
    async with SlackSim() as sim, http_session() as session:
        info = sim.info
        origin = str(info["page_url"]).rstrip("/")
        client = web_client(str(info["bot_token"]), base_url=str(info["api_url"]), session=session)
        room = next(str(c["id"]) for c in info["channels"] if c["name"] == "trading")
        person = str(info["users"][0]["id"])
        card = (await client.chat_postMessage(channel=room, text="card"))["ts"]
        await Pictures(client=client, session=session).share(
            room, str(card), title="At expiration", alt="wins 240", png=PNG
        )
        async with session.get(f"{origin}/_sim/messages", params={"channel": room, "user": person}) as answer:
            messages = (await answer.json())["messages"]
        shown = next(m for m in messages if m.get("files"))
        file = shown["files"][0]
        assert (shown["thread_ts"], file["title"], file["alt_txt"]) == (card, "At expiration", "wins 240")
        async with session.get(f"{origin}/_sim/files/{file['id']}") as answer:
            assert await answer.read() == PNG


@pytest.mark.parametrize("kind", ["foreign", "gone", "refused"])
async def test_i76_a_picture_that_cannot_go_its_way_is_told_and_not_repeated(kind: str) -> None:
    """A foreign address gets no byte; a lost one ends in a fault."""
    async with SlackSim() as sim, http_session() as session:
        client = web_client(str(sim.info["bot_token"]), base_url=str(sim.info["api_url"]), session=session)
        room = next(str(c["id"]) for c in sim.info["channels"] if c["name"] == "trading")
        pictures = Pictures(client=client, session=session)
        card = str((await client.chat_postMessage(channel=room, text="card"))["ts"])
        origin = str(sim.info["page_url"]).rstrip("/")
        if kind == "foreign":
            with pytest.raises(Gone, match="foreign_upload_address"):
                await pictures._send("http://127.0.0.1:9/upload", PNG)
            return
        if kind == "gone":
            with pytest.raises(Transient):
                await pictures._send(f"{origin}/upload/v1/unknown", PNG)
            return
        async with aiohttp.ClientSession() as person:
            body = {
                "target": "files.completeUploadExternal",
                "kind": "error",
                "error": "channel_not_found",
                "count": 1,
            }
            async with person.post(f"{origin}/_sim/fault", json=body) as answer:
                assert answer.status == 200, await answer.text()
        with pytest.raises(MessengerFault):
            await pictures.share(room, card, title="t", alt="a", png=PNG)
