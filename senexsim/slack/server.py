"""The server: one aiohttp application on loopback, embeddable in tests and run by the command line."""

import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

from senexsim.slack import hooks
from senexsim.slack.controls import routes as controls
from senexsim.slack.controls.asked import WORKSPACE
from senexsim.slack.delivery.courier import COURIER
from senexsim.slack.delivery.http_mode import require_loopback
from senexsim.slack.delivery.socket_mode import link
from senexsim.slack.machinery import MACHINERY, Machinery
from senexsim.slack.manifest import Manifest
from senexsim.slack.webapi import door
from senexsim.slack.workspace import DEFAULT_SEED, Workspace

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
LARGEST_BODY = 16 * 1024 * 1024


@web.middleware
async def only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody but this machine, and no other site's script: the host asked for must be loopback as well."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not peer or not ipaddress.ip_address(peer[0]).is_loopback:
        raise web.HTTPForbidden
    asked_for = [request.url.host or ""]
    if request.headers.get("Origin"):
        asked_for.append(urlsplit(request.headers["Origin"]).hostname or "")
    if any(host.strip("[]") not in {"localhost", "127.0.0.1", "::1"} for host in asked_for):
        raise web.HTTPForbidden
    return await handler(request)


async def index(_request: web.Request) -> web.StreamResponse:
    if not (PAGE / "index.html").exists():
        return web.Response(text="The workspace page is not installed; the controls are under /_sim.")
    return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-store"})


async def split(_request: web.Request) -> web.StreamResponse:
    """Two windows of the page side by side."""
    return web.FileResponse(PAGE / "split.html", headers={"Cache-Control": "no-store"})


async def revalidate(request: web.Request, response: web.StreamResponse) -> None:
    """The page's modules belong together: a browser must not mix kept ones with those of a newer version."""
    if request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"


class SlackSim:
    """`async with SlackSim() as sim:` serves until the block ends; `sim.info` is the first line of the command.

    `manifest`: an app manifest as a dict. `grants`: what the page shows, [{user, name, provider_secret,
    refresh_token, accounts}]. `broker_url`: a broker simulator whose controls stand on the page.
    `tour`: steps that the page offers to do, as senexsim/tours/first_day.json has them. Raises
    ManifestRefusedError, and ValueError for a URL off loopback.
    """

    def __init__(
        self,
        port: int = 0,
        request_url: str | None = None,
        manifest: Json | None = None,
        *,
        grants: list[Json] | None = None,
        broker_url: str | None = None,
        tour: Json | None = None,
        seed: int = DEFAULT_SEED,
    ) -> None:
        self._port = port
        self.workspace = Workspace(seed, Manifest(manifest) if manifest is not None else None, grants)
        self.workspace.tour = tour
        if broker_url is not None:
            self.workspace.broker_url = require_loopback(broker_url).rstrip("/")
        if request_url is not None:
            self.workspace.app.request_url = require_loopback(request_url)
        self._runner: web.AppRunner | None = None

    @property
    def info(self) -> Json:
        """Addresses, tokens, users and channels: the contract's first line."""
        ws = self.workspace
        return {
            "api_url": f"{ws.origin}/api/",
            "page_url": f"{ws.origin}/",
            "bot_token": ws.app.bot_token,
            "app_token": ws.app.app_token,
            "signing_secret": ws.app.signing_secret,
            "users": [
                {
                    "id": user.id,
                    "name": user.name,
                    "team_id": user.team_id,
                    "is_restricted": user.is_restricted,
                    "is_stranger": user.is_stranger,
                }
                for user in ws.directory.users.values()
                if not user.is_bot and user.id != "USLACKBOT"
            ],
            "channels": [
                {
                    "id": channel.id,
                    "name": channel.name,
                    "is_private": channel.is_private,
                    "is_im": channel.is_im,
                    "is_ext_shared": channel.is_ext_shared,
                }
                | ({"user": channel.im_user} if channel.is_im else {})
                for channel in ws.directory.channels.values()
            ],
        }

    def application(self) -> web.Application:
        app = web.Application(middlewares=[only_loopback], client_max_size=LARGEST_BODY)
        machinery = Machinery(self.workspace)
        app[WORKSPACE] = self.workspace
        app[COURIER] = machinery.courier
        app[MACHINERY] = machinery
        app.router.add_get("/", index)
        app.router.add_get("/split", split)
        app.router.add_get("/link/", link)
        app.router.add_route("*", "/api/{method}", door.call)
        app.router.add_post("/upload/v1/{ticket}", hooks.upload)
        app.router.add_post("/{kind:commands|actions}/{team}/{serial}/{secret}", hooks.reply)
        controls.add(app)
        if PAGE.is_dir():
            app.router.add_static("/page/", PAGE)
            app.on_response_prepare.append(revalidate)
        app.cleanup_ctx.append(machinery.courier.running)
        return app

    async def start(self) -> Json:
        self.workspace.bus.open()
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.workspace.origin = f"http://{HOST}:{port}"
        return self.info

    async def stop(self) -> None:
        if self._runner is not None:
            self.workspace.faults.clear()
            self.workspace.bus.close()
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
