"""The server: one aiohttp application on loopback, embeddable in tests and run by the command line."""

import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

from senexsim.slack import consent, hooks
from senexsim.slack.controls import routes as controls
from senexsim.slack.controls.asked import WORKSPACE
from senexsim.slack.delivery.courier import COURIER
from senexsim.slack.delivery.http_mode import require_loopback
from senexsim.slack.delivery.socket_mode import link
from senexsim.slack.machinery import MACHINERY, Installs, Machinery
from senexsim.slack.manifest import Manifest
from senexsim.slack.webapi import door
from senexsim.slack.workspace import DEFAULT_SEED, OTHERS, Workspace

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
    refresh_token, accounts}]. `broker_url`: a broker simulator whose controls stand on the page. `tour`: steps that the page
    offers to do, as senexsim/tours/first_day.json has them. `workspaces`: so many of one Slack, each at an address of its own
    with its own page and controls; any of them answers the Web API for all, by the token. The app is installed in the first;
    the others have its page of consent. Raises ManifestRefusedError, and ValueError for a URL off loopback.
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
        workspaces: int = 1,
    ) -> None:
        self._port = port
        if not 1 <= workspaces <= 1 + len(OTHERS):
            raise ValueError(f"workspaces: 1 to {1 + len(OTHERS)}")
        self.workspace = Workspace(seed, Manifest(manifest) if manifest is not None else None, grants)
        self.workspace.tour = tour
        if broker_url is not None:
            self.workspace.broker_url = require_loopback(broker_url).rstrip("/")
        others = (Workspace(seed, first=self.workspace, number=n) for n in range(1, workspaces))
        self.workspaces = [self.workspace, *others]
        self._installs = Installs()
        if request_url is not None:
            self.workspace.app.request_url = require_loopback(request_url)
        self._runners: list[web.AppRunner] = []

    @property
    def info(self) -> Json:
        """Addresses, tokens, users and channels: the contract's first line. With several workspaces all of them are told,
        and what an installation by browser needs."""
        ws = self.workspace
        told = {
            "api_url": f"{ws.origin}/api/",
            "page_url": f"{ws.origin}/",
            "bot_token": ws.app.bot_token,
            "app_token": ws.app.app_token,
            "signing_secret": ws.app.signing_secret,
            **_people_and_rooms(ws),
        }
        if len(self.workspaces) == 1:
            return told
        return told | {
            "client_id": ws.app.registration.client_id,
            "client_secret": ws.app.registration.client_secret,
            "authorize_url": f"{ws.origin}/oauth/v2/authorize",
            "workspaces": [
                {"team_id": each.team_id, "name": each.team_name, "page_url": f"{each.origin}/"}
                | _people_and_rooms(each)
                for each in self.workspaces
            ],
        }

    def application(self, workspace: Workspace | None = None) -> web.Application:
        """The server of one workspace, the first one when none is named; others come after it."""
        app = web.Application(middlewares=[only_loopback], client_max_size=LARGEST_BODY)
        machinery = Machinery(workspace or self.workspace, self._installs)
        app[WORKSPACE] = machinery.ws
        app[COURIER] = machinery.courier
        app[MACHINERY] = machinery
        app.router.add_get("/", index)
        app.router.add_get("/split", split)
        app.router.add_get("/link/", link)
        app.router.add_route("*", "/api/{method}", door.call)
        app.router.add_get("/oauth/v2/authorize", consent.ask)
        app.router.add_post("/oauth/v2/authorize", consent.decide)
        app.router.add_post("/upload/v1/{ticket}", hooks.upload)
        app.router.add_post("/{kind:commands|actions}/{team}/{serial}/{secret}", hooks.reply)
        controls.add(app)
        if PAGE.is_dir():
            app.router.add_static("/page/", PAGE)
            app.on_response_prepare.append(revalidate)
        app.cleanup_ctx.append(machinery.courier.running)
        return app

    async def start(self) -> Json:
        for workspace in self.workspaces:
            workspace.bus.open()
            runner = web.AppRunner(self.application(workspace), access_log=None, shutdown_timeout=1.0)
            self._runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, HOST, self._port if workspace is self.workspace else 0).start()
            workspace.origin = f"http://{HOST}:{runner.addresses[0][1]}"
        return self.info

    async def stop(self) -> None:
        self.workspace.faults.clear()
        for workspace in self.workspaces:
            workspace.bus.close()
        while self._runners:
            await self._runners.pop().cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def _people_and_rooms(ws: Workspace) -> Json:
    return {
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
