"""The moving parts around the workspace's state, so that a handler needs one thing in hand."""

from aiohttp import web

from senexsim.slack.delivery.courier import Courier
from senexsim.slack.delivery.events import Events
from senexsim.slack.posting import Posting
from senexsim.slack.workspace import Workspace


class Machinery:
    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self.courier = Courier(ws)
        self.events = Events(ws, self.courier)
        self.posting = Posting(ws, self.events)


MACHINERY: web.AppKey[Machinery] = web.AppKey("machinery", Machinery)
