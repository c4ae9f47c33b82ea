"""The moving parts around the workspace's state, so that a handler needs one thing in hand."""

from dataclasses import dataclass, field

from aiohttp import web

from senexsim.slack.delivery.courier import Courier
from senexsim.slack.delivery.events import Events
from senexsim.slack.posting import Posting
from senexsim.slack.workspace import Workspace


@dataclass
class Code:
    """What a browser brings back from the page of consent. `used` ones are told apart from those never given."""

    team_id: str
    user: str
    redirect_uri: str
    scopes: tuple[str, ...]
    until: float
    used: bool = False


@dataclass
class Installs:
    """All workspaces of one Slack by their ids, and the codes of the page of consent."""

    machineries: dict[str, "Machinery"] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)

    def holder(self, token: str | None) -> "Machinery | None":
        """The workspace whose bot carries the token."""
        return next((m for m in self.machineries.values() if token in m.ws.app.tokens), None)

    def refreshing(self, token: str) -> "Machinery | None":
        return next((m for m in self.machineries.values() if m.ws.app.refresh_token == token), None)


class Machinery:
    """Of one workspace; all of them stand in `installs` and share the first one's sockets."""

    def __init__(self, ws: Workspace, installs: Installs) -> None:
        self.ws, self.installs = ws, installs
        first = installs.machineries.get(ws.first.team_id) if ws is not ws.first else None
        self.courier: Courier = Courier(ws, first.courier.socket_mode if first else None)
        self.events = Events(ws, self.courier)
        self.posting = Posting(ws, self.events)
        installs.machineries[ws.team_id] = self


MACHINERY: web.AppKey[Machinery] = web.AppKey("machinery", Machinery)
