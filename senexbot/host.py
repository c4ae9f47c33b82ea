"""What the host's command line may ask of the running bot, or do itself with the lock when none runs.

Whoever gets here is the operator's user on this machine (design, section 2); everything is audited.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from senexbot.control import Command
from senexbot.domain.errors import NotFound, ParseError, UserError
from senexbot.domain.halts.halts import DESK, scope_words, user_scope
from senexbot.domain.links import Role
from senexbot.domain.policy.reading import read_setting
from senexbot.domain.policy.words import setting_words
from senexbot.domain.words import member_id
from senexbot.ports import AuditEntry, Clock, SecretBox
from senexbot.services.halts.halts import HOST, HaltAnswer, Halts
from senexbot.services.policy.editing import Policies
from senexbot.store.engine import SqlStore
from senexbot.store.keys import Rotation
from senexbot.store.keys import rotate as reseal

HALT_STATES = ("halted", "reducing")


class HostCommands:
    """`table()` is what the control socket serves; the methods are what the command line runs by itself."""

    def __init__(
        self,
        *,
        store: SqlStore,
        halts: Halts,
        policies: Policies,
        box: SecretBox,
        clock: Clock,
        team_id: str = "",
        health: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._store = store
        self._halts = halts
        self._policies = policies
        self._box = box
        self._clock = clock
        self._team_id = team_id
        self._health = health

    def table(self) -> dict[str, Command]:
        return {
            "halt": self.halt,
            "messages": self.messages,
            "policy": self.policy,
            "resume": self.resume,
            "roles": self.roles,
            "rotate": self.rotate,
            "status": self.status,
        }

    async def halt(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """{state, on_the_way, working}. Raises AlreadyHandled."""
        state = arguments.get("state", "halted")
        if state not in HALT_STATES:
            raise UserError("say halted or reducing")
        scope = await self._scope(arguments)
        return halt_words(await self._halts.halt(HOST, arguments.get("reason", ""), state=state, scope=scope))

    async def resume(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        scope = await self._scope(arguments)
        return halt_words(await self._halts.resume(HOST, arguments.get("reason", ""), scope=scope))

    async def _scope(self, arguments: Mapping[str, str]) -> str:
        """`account`: the last digits of one; `user`: a member id; neither: the desk."""
        if arguments.get("account"):
            return await self._halts.account_scope(arguments["account"])
        return user_scope(member_id(arguments["user"])) if arguments.get("user") else DESK

    async def policy(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """`text`: as behind `policy set`. {version, change}. Raises ParseError, AlreadyHandled, NotFound."""
        try:
            said = read_setting(arguments.get("text", ""))
        except ParseError as error:
            raise UserError(f"{error.message} {error.hint}".strip()) from None
        change = await self._policies.set_from_host(said)
        current = await self._policies.current()
        words = setting_words(change.rule, change.scope, change.value)
        return {"version": current.version, "change": words}

    async def roles(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """`team`: has to be the bot's own workspace, or left out."""
        told = arguments.get("team", "")
        if self._team_id and told not in {"", self._team_id}:
            raise UserError(f"this bot serves workspace {self._team_id}, not {told}")
        await change_role(self._store, told or self._team_id, arguments)
        return {}

    async def messages(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """A dead letter is sent again, or counts no more (I48). Raises NotFound."""
        todo, number = arguments.get("do", ""), arguments.get("id", "")
        if todo not in {"resend", "discard"}:
            raise UserError("say resend or discard")
        row_id = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else -1
        now = self._clock.now()
        async with self._store.begin() as tx:
            letter = await tx.outbox.dead_one(row_id)
            if letter is None:
                raise NotFound(
                    f"no dead letter has the number {number[:20]}: `senexbot messages dead` lists them"
                )
            if todo == "resend":
                await tx.outbox.resend(row_id, now)
            else:
                await tx.outbox.discard(row_id, now)
            params = (("what", type(letter.news).__name__), ("to", letter.key), ("reason", letter.reason))
            await tx.audit(AuditEntry(HOST, f"message.{todo}", str(row_id), "ok", params))
        return {"to": letter.key, "reason": letter.reason}

    async def rotate(self, _: Mapping[str, str]) -> Mapping[str, Any]:
        """Seal everything under the first key that this process was started with (I71)."""
        done = await reseal(self._store, self._box)
        await self._record(done)
        return {
            "key": self._box.current_key_id,
            "resealed": done.resealed,
            "failed": list(done.failed),
            "uses": dict(done.uses),
        }

    async def status(self, _: Mapping[str, str]) -> Mapping[str, Any]:
        return {"pid": os.getpid(), "tasks": dict(self._health())}

    async def _record(self, done: Rotation) -> None:
        params = (
            ("key", self._box.current_key_id),
            ("resealed", str(done.resealed)),
            ("failed", str(len(done.failed))),
        )
        async with self._store.begin() as tx:
            await tx.audit(AuditEntry(HOST, "keys.rotated", "keys", "ok", params))


def halt_words(answer: HaltAnswer) -> Mapping[str, Any]:
    return {
        "state": answer.row.state,
        "what": scope_words(answer.row.scope),
        "on_the_way": len(answer.on_the_way),
        "working": len(answer.working),
    }


async def change_role(store: SqlStore, team_id: str, arguments: Mapping[str, str]) -> None:
    """Grant or revoke a role from the host's command line; audited (I38)."""
    role, user = Role(arguments["role"]), arguments["user"]
    async with store.begin() as tx:
        if arguments["change"] == "grant":
            await tx.roles.grant(team_id, user, role, by=HOST)
        else:
            await tx.roles.revoke(team_id, user, role)
        params = (("role", role.value), ("user", user))
        await tx.audit(AuditEntry(HOST, f"role.{arguments['change']}", user, "ok", params))
