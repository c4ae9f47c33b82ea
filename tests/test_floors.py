"""What no import rule can hold: where time, randomness and waiting come from, and the one way to an order."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BOT = ROOT / "senexbot"

# Seams: the machine's clock and randomness stand behind ports here.
SEAMS = {"clock.py", "ids.py"}

# Everything else that touches the machine's own, each with its reason; a line that is not needed any more fails.
REASONS: dict[tuple[str, str], str] = {
    ("vault.py", "secrets"): "keys and nonces must not be told by anybody",
    ("store/keys.py", "secrets"): "the audit chain's key",
    ("store/opening.py", "secrets"): "the database's own id, made once",
    (
        "store/engine.py",
        "asyncio.sleep",
    ): "between tries to empty the log of an erased secret; decides nothing",
    ("broker/sdk.py", "time.time"): "the SDK keeps a token's end as the machine's time",
    ("broker/rest.py", "random"): "jitter between tries; given by the caller in tests",
    ("broker/backoff.py", "random"): "jitter between tries; given by the caller in tests",
    (
        "broker/account_feed.py",
        "asyncio.sleep",
    ): "heartbeats on the wire; the watchdog is on the port's clock",
    ("services/orders/following.py", "asyncio.sleep(0)"): "lets others run between rows",
}
BANNED_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.monotonic",
    "time.monotonic_ns", "time.perf_counter", "time.sleep", "uuid.uuid1", "uuid.uuid4", "uuid4", "os.urandom",
    "asyncio.sleep",
}  # fmt: skip
BANNED_MODULES = {"random", "secrets", "uuid"}


def sources(root: Path = BOT) -> Iterator[tuple[str, str]]:
    for path in sorted(root.rglob("*.py")):
        if "versions" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def dotted(node: ast.expr) -> str:
    """`a.b.c` as text; "" for anything that is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def touched(text: str) -> set[str]:
    """Banned things that a module names, as they stand in REASONS."""
    found: set[str] = set()
    nodes = list(ast.walk(ast.parse(text)))
    zero = {
        id(node.func)
        for node in nodes
        if isinstance(node, ast.Call) and [ast.unparse(argument) for argument in node.args] == ["0"]
    }
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & BANNED_MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & BANNED_MODULES
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & BANNED_CALLS
        elif isinstance(node, (ast.Attribute, ast.Name)):
            name = ".".join(dotted(node).split(".")[-2:])
            if name in BANNED_CALLS:
                found.add("asyncio.sleep(0)" if name == "asyncio.sleep" and id(node) in zero else name)
    return found


def test_time_and_chance_come_in_through_ports() -> None:
    """I67, I82: whatever decides anything gets them from outside."""
    found = {(name, thing) for name, text in sources() if name not in SEAMS for thing in touched(text)}
    assert found - REASONS.keys() == set()
    assert REASONS.keys() - found == set()


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("import datetime\ndatetime.datetime.now()", "datetime.now"),
        ("from datetime import datetime\nx = datetime.now", "datetime.now"),
        ("from time import time\ntime()", "time.time"),
        ("import time as t\nimport random", "random"),
        ("import uuid", "uuid"),
        ("import asyncio\nasync def f(): await asyncio.sleep(1)", "asyncio.sleep"),
        ("import asyncio\nasync def f(): await asyncio.sleep(0)", "asyncio.sleep(0)"),
        ("from asyncio import sleep", "asyncio.sleep"),
    ],
)
def test_the_search_finds_what_it_looks_for(text: str, thing: str) -> None:
    assert touched(text) == {thing}


@functools.cache
def calls() -> tuple[tuple[str, ast.Attribute], ...]:
    """The module and what is called, of every call of a method inside of a function."""
    return tuple(
        (name, call.func)
        for name, text in sources()
        for function in ast.walk(ast.parse(text))
        if isinstance(function, (ast.AsyncFunctionDef, ast.FunctionDef))
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    )


def calls_of(method: str) -> list[str]:
    """`module:function` of every call of such a method on an object."""
    return [f"{name}:{dotted(called)}" for name, called in calls() if called.attr == method]


def test_an_order_is_sent_from_one_place() -> None:
    """I3, I7: the port's `place` and `replace` have one caller each, and nobody calls the SDK's."""
    callers = [call for call in calls_of("place") if "cards.place" not in call]
    assert callers == ["services/orders/sending.py:self._desk.place"]
    assert [call for call in calls_of("replace") if "_desk" in call] == [
        "services/orders/replacing.py:self._desk.replace"
    ]
    assert calls_of("place_order") == []
    assert calls_of("place_complex_order") == []
    assert calls_of("replace_order") == []


def waits_in_transactions(text: str) -> list[str]:
    """What is awaited while a transaction is open and is not the transaction's own.

    Its own is a call on what `begin` or `read` gave, or a function that gets it; that function is held to the same,
    for its parameter is named `tx`.
    """
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.AsyncWith):
            given = [item for item in node.items if opens_a_transaction(item.context_expr)]
            names = {item.optional_vars.id for item in given if isinstance(item.optional_vars, ast.Name)}
            if given:
                found += foreign_waits(node.body, names)
        elif isinstance(node, ast.AsyncFunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if any(argument.arg == "tx" for argument in arguments):
                found += foreign_waits(node.body, {"tx"})
    return found


def opens_a_transaction(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"begin", "read"}
    )


def foreign_waits(body: list[ast.stmt], own: set[str]) -> Iterator[str]:
    for node in (inner for statement in body for inner in ast.walk(statement)):
        if isinstance(node, (ast.AsyncWith, ast.AsyncFor)):
            yield ast.unparse(node).splitlines()[0]
        elif isinstance(node, ast.Await):
            call = node.value
            names = [call.func, *call.args] if isinstance(call, ast.Call) else []
            if not any(belongs_to(name, own) for name in names):
                yield ast.unparse(node)


def belongs_to(node: ast.expr, own: set[str]) -> bool:
    if isinstance(node, ast.IfExp):
        return belongs_to(node.body, own) and belongs_to(node.orelse, own)
    return dotted(node).split(".")[0] in own


def test_a_transaction_waits_for_nothing_but_its_own_statements() -> None:
    """I58: neither for the broker, nor for Slack, nor for another transaction.

    So the one writer of SQLite is held for a few statements and the disk's sync, and no wait for its turn can be a
    deadlock. It can be long all the same: a disk may take seconds to sync (`store.transactions` gives a commit 10 s),
    and the patience of 5 s covers everybody who came before. Who does not get a turn has stored nothing and is told
    so (`tests/store/test_trouble.py`); the loops come back by themselves.
    """
    edge = ("store/",)  # what a transaction is made of
    found = {
        name: waits
        for name, text in sources()
        if not name.startswith(edge) and (waits := waits_in_transactions(text))
    }
    assert found == {}


@pytest.mark.parametrize(
    "waits",
    [
        "await desk.place(order)",
        "await asyncio.sleep(0)",
        "await task",
        "await (tx.intents.get if it else desk.look)(1)",
        "async with store.begin() as other:\n   await other.intents.get(1)",
        "async for row in rows():\n   pass",
    ],
)
def test_the_search_finds_what_waits_in_a_transaction(waits: str) -> None:
    assert waits_in_transactions(f"async def f():\n async with store.begin() as tx:\n  {waits}") != []
    assert waits_in_transactions(f"async def f(tx):\n  {waits}") != []
    assert waits_in_transactions("async def f(tx):\n  await tx.intents.get(1)\n  await g(tx, 1)") == []


def test_sessions_are_never_written_out() -> None:
    """F103: the SDK's sessions hold plain secrets; nothing serialises or pickles them."""
    assert calls_of("serialize") == []
    assert calls_of("deserialize") == []
    for name, text in sources():
        imported = {a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import) for a in n.names}
        assert not imported & {"pickle", "shelve", "marshal", "dill"}, name


def test_every_exception_from_the_type_checker_says_why() -> None:
    bare = []
    for root in (BOT, ROOT / "senexsim"):
        for name, text in sources(root):
            for number, line in enumerate(text.splitlines(), start=1):
                _, mark, rest = line.partition("# type: ignore")
                if mark and not (rest.startswith("[") and "#" in rest.partition("]")[2]):
                    bare.append(f"{root.name}/{name}:{number}")
    assert bare == []


def test_nobody_reads_the_environment_but_the_top() -> None:
    """Settings reach everyone as plain values passed down."""
    readers = {
        name
        for name, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv", "os.environb"}
    }
    assert {name for name in readers if not name.startswith("cli/")} == set()


def test_the_network_clients_ignore_proxies() -> None:
    """I76: no session is made that would read HTTPS_PROXY."""
    made = []
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in {
                "ClientSession",
                "AsyncClient",
            }:
                words = {keyword.arg: keyword.value for keyword in node.keywords}
                trusted = words.get("trust_env")
                if not (isinstance(trusted, ast.Constant) and trusted.value is False):
                    made.append(f"{name}:{node.lineno}")
    assert made == []
