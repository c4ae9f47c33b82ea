"""Which account a person means, and what it holds. Reading only; the owner's eyes only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from senexbot.domain.errors import BrokerFault, NotConnected, ParseError
from senexbot.domain.links import AccountRef, Actor, BrokerAccount, Environment, Link
from senexbot.domain.market import Balances, Position
from senexbot.ports import BrokerReads, Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """An account that could not be read, and why; the others are shown."""

    account: BrokerAccount
    why: str


@dataclass(frozen=True, slots=True)
class BalancesAnswer:
    rows: tuple[tuple[Link, BrokerAccount, Balances], ...]
    failed: tuple[Failed, ...]


@dataclass(frozen=True, slots=True)
class PositionsAnswer:
    rows: tuple[tuple[Link, BrokerAccount, tuple[Position, ...]], ...]
    failed: tuple[Failed, ...]


def preferred(links: tuple[Link, ...]) -> Link:
    """The link with the person's default account, else the oldest."""
    chosen = [link for link in links if link.default_account]
    return (chosen or sorted(links, key=lambda link: link.created_at))[0]


class Accounts:
    """The accounts that one person reaches by their own links (I36)."""

    def __init__(self, *, store: Store, reads: BrokerReads) -> None:
        self._store = store
        self._reads = reads

    async def links(self, actor: Actor) -> tuple[Link, ...]:
        """Raises NotConnected when the person has linked nothing."""
        links = await self._store.look(lambda tx: tx.links.of_user(actor.team_id, actor.user_id))
        if not links:
            raise NotConnected("You have not linked a tastytrade account yet.")
        return links

    async def link(self, actor: Actor) -> Link:
        """The link that answers questions about the market."""
        return preferred(await self.links(actor))

    async def pick(self, actor: Actor, hint: str = "") -> AccountRef:
        """The account an order uses: as hinted by its last characters or environment, else the default.

        Raises NotConnected, or ParseError when the hint fits none or several.
        """
        links = await self.links(actor)
        if not hint:
            link = preferred(links)
            number = link.default_account or _first_open(link)
            return AccountRef(link.id, number, link.environment)
        fitting = [
            AccountRef(link.id, account.number, link.environment)
            for link in links
            for account in link.accounts
            if not account.is_closed and _fits(hint, link, account)
        ]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(f"{a.masked} ({link.environment})" for link in links for a in link.accounts)
        what = "fits none of your accounts" if not fitting else "fits more than one of your accounts"
        raise ParseError(
            f"“{hint}” {what}.", word=hint, hint=f"You have: {known}. Say the last four characters."
        )

    async def balances(self, actor: Actor) -> BalancesAnswer:
        rows, failed = await self._each(actor, self._reads.balances)
        return BalancesAnswer(rows, failed)

    async def positions(self, actor: Actor) -> PositionsAnswer:
        rows, failed = await self._each(actor, self._reads.positions)
        return PositionsAnswer(rows, failed)

    async def _each(
        self, actor: Actor, read: Callable[[AccountRef], Awaitable[T]]
    ) -> tuple[tuple[tuple[Link, BrokerAccount, T], ...], tuple[Failed, ...]]:
        links = await self.links(actor)
        wanted = [(link, account) for link in links for account in link.accounts if not account.is_closed]
        answers = await asyncio.gather(
            *(read(AccountRef(link.id, a.number, link.environment)) for link, a in wanted),
            return_exceptions=True,
        )
        rows: list[tuple[Link, BrokerAccount, T]] = []
        failed: list[Failed] = []
        for (link, account), answer in zip(wanted, answers, strict=True):
            if isinstance(answer, BrokerFault):
                failed.append(Failed(account, answer.message))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                rows.append((link, account, answer))
        return tuple(rows), tuple(failed)


def _first_open(link: Link) -> str:
    open_ones = [account.number for account in link.accounts if not account.is_closed]
    if not open_ones:
        raise NotConnected("Every account of your link is closed at the broker.")
    return open_ones[0]


def _fits(hint: str, link: Link, account: BrokerAccount) -> bool:
    word = hint.strip().lower()
    if word in {e.value for e in Environment}:
        return link.environment.value == word and account.number == (
            link.default_account or _first_open(link)
        )
    return len(word) >= 2 and account.number.lower().endswith(word)
