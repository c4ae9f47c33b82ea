"""What a page test stands on: a workspace, the app connected to it, and a browser to look with."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from page_app import DeskApp
from playwright.async_api import Browser

from senexsim.slack import SlackSim
from tests.browser import DESKTOP, Visitor, visit


@dataclass
class Desk:
    sim: SlackSim
    app: DeskApp
    browser: Browser

    @property
    def url(self) -> str:
        return str(self.sim.info["page_url"])

    def user(self, name: str) -> str:
        return next(str(user["id"]) for user in self.sim.info["users"] if user["name"] == name)

    def room(self, name: str) -> str:
        return next(str(room["id"]) for room in self.sim.info["channels"] if room["name"] == name)

    def visit(
        self, size: tuple[int, int] = DESKTOP, scheme: str = "light", place: str = ""
    ) -> AbstractAsyncContextManager[Visitor]:
        return visit(self.browser, f"{self.url}{place}", size, scheme)
