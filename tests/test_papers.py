"""The papers say what the code is: verbs, denial codes, settings, commands, files and links are compared."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import pytest
import typer

from senexbot.blocks.actions import ActionId
from senexbot.cli import cli as senexbot_cli
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.approval.mandates_parsing import parse_mandate
from senexbot.domain.language import parse, said_text
from senexbot.domain.orders.checks import CODES
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.parsing_quote import parse_quote
from senexbot.domain.policy.codes import POLICY_CODES
from senexbot.domain.policy.reading import read_setting
from senexbot.domain.policy.rules import DEFAULTS, RuleName
from senexbot.domain.policy.words import value_text
from senexbot.domain.resolving import RESOLVING_CODES
from senexbot.domain.risk.presets import KINDS, Preset
from senexbot.domain.risk.saying import line_text, parse_risk
from senexbot.domain.verbs import VERBS, find_verb, verb_of_command
from senexbot.settings import Settings
from senexbot.slack.manifest import SCOPES
from senexsim.__main__ import cli as senexsim_cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAPERS = sorted((*ROOT.glob("*.md"), *DOCS.rglob("*.md")))
BUTTON_WORDS = {
    ActionId.ALERT_ACK: "| I have it |",
    ActionId.ALERT_SNOOZE: "Snooze 1 h",
    ActionId.ALERT_MOVE: "Move level",
    ActionId.ALERTS_ALL: "All 41",
    ActionId.ALERT_HALT: "| Halt … |",
    ActionId.MANDATE_APPROVE: "Grant …",
    ActionId.MANDATE_DECLINE: "Decline …",
    ActionId.MANDATE_REVOKE: "Revoke, Withdraw",
    ActionId.ORDER_CONFIRM: "Confirm",
    ActionId.ORDER_DISCARD: "Discard",
    ActionId.ORDER_STEP_DOWN: "a price",
    ActionId.ORDER_STEP_UP: "a price",
    ActionId.ORDER_AGAIN: "Preview again",
    ActionId.ORDER_MOVE_DOWN: "| a price on a working order |",
    ActionId.ORDER_MOVE_UP: "| a price on a working order |",
    ActionId.MOVE_ACCEPT: "Move to",
    ActionId.WALK_START: "Walk to",
    ActionId.WALK_RESUME: "Resume walk",
    ActionId.WALK_STOP: "Stop walk",
    ActionId.ORDER_CANCEL: "Cancel order",
    ActionId.ORDER_LOOK: "Look now",
    ActionId.ORDER_ON_IT: "I am on it",
    ActionId.ORDER_CLOSE: "Close: not at the broker",
    ActionId.ORDER_EXPLAIN: "What this means",
    ActionId.ORDER_PICTURE: "Picture of the risk",
    ActionId.TICKET_OPEN: "Open ticket",
    ActionId.TICKET_TRADE: "| Trade |",
    ActionId.POSITION_MENU: "Close … in the menu",
    ActionId.TICKET_CHANGED: "Choosing and typing in it",
    ActionId.TICKET_SYMBOL: "symbol suggestions",
    ActionId.ORDER_ASK: "Ask for approval",
    ActionId.APPROVAL_REFRESH: "| Refresh |",
    ActionId.ORDER_FEWER: "Send 1, covered",
    ActionId.ORDER_ANSWER: "Answer",
    ActionId.APPROVAL_APPROVE: "Approve …",
    ActionId.APPROVAL_FEWER: "Fewer …",
    ActionId.APPROVAL_DECLINE: "Decline …",
    ActionId.APPROVAL_QUESTION: "Ask back",
    ActionId.EXTERNAL_CANCEL: "Cancel order",
    ActionId.EXTERNAL_REASON: "Give a reason",
    ActionId.RULE_CHANGE: "| Change",
    ActionId.RULE_DELETE: "Delete alert",
    ActionId.RULE_MENU: "the menu … beside an alert",
    ActionId.RULE_FIRE: "Fire it now",
    ActionId.RISK_CLOSE: "Close at …",
    ActionId.RISK_ROLL: "Roll put …",
    ActionId.RISK_FLATTEN: "Plan flatten … on a risk alert",
    ActionId.RISK_LINE: "Line to …",
    ActionId.RISK_SHOW: "All figures",
    ActionId.RISK_SET: "Off, + delta 0.35",
    ActionId.RISK_USUAL: "Watch all the usual",
    ActionId.LINK_DEFAULT: "Make default",
    ActionId.LINK_DISCONNECT: "Disconnect",
    ActionId.LINK_ERASE: "Erase … grant",
    ActionId.LINK_CONNECT: "Connect account",
    ActionId.SAY: "say that command",
    ActionId.RESUME: "Resume trading",
    ActionId.HALT_CANCEL: "Cancel opening orders",
    ActionId.HALT_CANCEL_ALL: "protection too",
    ActionId.FLATTEN_PLAN: "Plan flatten",
    ActionId.FLATTEN_SEND: "Flatten: send",
    ActionId.FLATTEN_ON: "Go on",
    ActionId.FLATTEN_STOP: "Stop: send no more",
    ActionId.POLICY_AGREE: "Agree",
    ActionId.POLICY_WITHDRAW: "Withdraw",
}


def text_of(paper: Path) -> str:
    return paper.read_text(encoding="utf-8")


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def rows_of(paper: Path) -> dict[str, str]:
    """First cell of each table row (its first code word) -> the whole row."""
    found = (re.match(r"\| `([^`]+)`", line) for line in text_of(paper).splitlines())
    return {m.group(1): m.string for m in found if m}


def sh_lines(paper: Path) -> Iterator[str]:
    for fence in re.findall(r"^```sh\n(.*?)^```", text_of(paper), flags=re.DOTALL | re.MULTILINE):
        yield from (line.strip() for line in fence.splitlines() if line.strip())


def anchors_of(paper: Path) -> set[str]:
    """Anchors as the usual renderers make them from headings."""
    headings = re.findall(r"^#+ (.+)$", without_fences(text_of(paper)), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def commands_of(app: typer.Typer) -> dict[str, click.Command]:
    """`name` and `group name` of every command; groups by their name too."""
    root = typer.main.get_command(app)
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, names: tuple[str, ...]) -> None:
        if names:
            found[" ".join(names)] = command
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*names, name))

    walk(root, ())
    return found


def targets_of_make() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize("verb", VERBS, ids=lambda v: v.name)
def test_each_verb_is_told_with_its_words_command_and_roles(verb):
    row = rows_of(DOCS / "commands.md")[verb.name]
    for word in (*verb.words, *verb.entry, *([verb.short_command] if verb.short_command else [])):
        assert f"`{word}`" in row
    for role in verb.roles:
        assert role.value in row
    assert ("linked account" in row) == verb.needs_link
    assert f"### {verb.name}\n" in text_of(DOCS / "commands.md")
    assert verb.short_command or verb.name in text_of(ROOT / "README.md")


@pytest.mark.parametrize(("code", "words"), CODES.items())
def test_each_denial_code_is_published(code, words):
    """I24: the published list is the one that the code has."""
    row = rows_of(DOCS / "commands.md")[code]
    assert words.rstrip(".").split(";")[0][:28] in row


def test_no_denial_is_published_that_does_not_exist():
    after = text_of(DOCS / "commands.md").split("## Denied", 1)[1].split("\n## ", 1)[0]
    published = re.findall(r"^\| `(\w+)`", after, flags=re.MULTILINE)
    assert published == list(CODES)


def test_each_reason_why_words_are_not_resolved_is_published():
    after = text_of(DOCS / "commands.md").split("## Not resolved", 1)[1].split("\n## ", 1)[0]
    published = re.findall(r"^\| `(\w+)` \| (.+) \|$", after, flags=re.MULTILINE)
    assert published == list(RESOLVING_CODES.items())
    assert not RESOLVING_CODES.keys() & CODES.keys()


def test_the_policys_codes_are_published_as_they_are():
    """I24: in the order of the code, with its words."""
    after = text_of(DOCS / "policy.md").split("## Codes", 1)[1]
    published = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", after, flags=re.MULTILINE))
    assert list(published.items()) == list(POLICY_CODES.items())
    assert not POLICY_CODES.keys() & CODES.keys()


@pytest.mark.parametrize("rule", RuleName)
def test_each_rule_of_the_policy_is_told_with_its_default(rule):
    rules = text_of(DOCS / "policy.md").split("## Rules", 1)[1].split("\n## ", 1)[0]
    (row,) = [line for line in rules.splitlines() if line.startswith(f"| `{rule.value}` |")]
    assert row.split("|")[2].strip() == f"`{value_text(rule, DEFAULTS[rule])}`"


@pytest.mark.parametrize("preset", Preset)
def test_each_preset_of_risk_is_told_with_its_words_and_usual_line(preset):
    section = text_of(DOCS / "commands.md").split("### risk\n", 1)[1].split("\n### ", 1)[0]
    (row,) = [line for line in section.splitlines() if line.startswith(f"| `{preset.value}` |")]
    kind = KINDS[preset]
    assert all(f"`{word}`" in row for word in kind.also)
    line = line_text(preset, kind.default) if kind.default else "off until"
    assert (f"`{line}`" in row) or (line or "on") in row
    assert kind.about in row
    assert row.endswith(f"| {kind.severity.value} |")


@pytest.mark.parametrize("action", ActionId)
def test_each_button_is_told(action):
    buttons = text_of(DOCS / "commands.md").split("## Buttons", 1)[1].split("\n## ", 1)[0]
    assert BUTTON_WORDS[action] in buttons


def examples() -> list[str]:
    """Indented lines of the command paper, and what the README's table of verbs shows as said."""
    papers = text_of(DOCS / "commands.md") + text_of(DOCS / "policy.md")
    indented = re.findall(r"^    (.+)$", papers, flags=re.MULTILINE)
    table = text_of(ROOT / "README.md").split("| say |", 1)[1].split("\n\n", 1)[0]
    return indented + [said for said in re.findall(r"`([^`]+)`", table) if " " in said or said[0] == "/"]


@pytest.mark.parametrize("said", examples())
def test_examples_are_understood(said):
    command, _, rest = said.partition(" ")
    short = verb_of_command(command)
    verb, text = (short, rest) if short else find_verb(rest if command == "/senex" else said)
    readers = {
        "quote": parse_quote,
        "alert": lambda t: parse_alert(t.removeprefix("test "), date(2026, 6, 1)),
        "order": lambda t: parse(t, date(2026, 6, 1)),
        "close": lambda t: parse(t if t.startswith("protect") else f"close {t}", date(2026, 6, 1)),
        "roll": lambda t: parse(f"roll {t}", date(2026, 6, 1)),
        "replace": lambda t: parse(f"replace {t}", date(2026, 6, 1)),
        "risk": parse_risk,
        "mandate": lambda t: parse_mandate(t.removeprefix("@ana "), date(2026, 11, 30)),
    }
    if verb.name in readers:
        assert readers[verb.name](text)
    what, _, more = text.partition(" ")
    if verb.name == "policy" and what == "set":
        assert read_setting(more)
    if verb.name == "policy" and what == "test":
        assert readers["order"](more)


@pytest.mark.parametrize("field", Settings.model_fields.values(), ids=lambda f: f.alias)
def test_each_setting_is_told(field):
    assert field.alias in rows_of(DOCS / "settings.md")
    example = ROOT / ".env.example"
    if example.exists():
        assert re.search(rf"^#?\s*{field.alias}=", text_of(example), flags=re.MULTILINE)


@pytest.mark.parametrize("field", Settings.model_fields.values(), ids=lambda f: f.alias)
def test_each_default_is_told_as_it_is(field):
    row = rows_of(DOCS / "settings.md")[field.alias]
    if isinstance(field.default, bool):
        assert f"`{'on' if field.default else 'off'}`" in row
    elif isinstance(field.default, int) or (isinstance(field.default, str) and field.default):
        assert f"`{field.default}`" in row


def test_no_setting_is_told_that_does_not_exist():
    known = {field.alias for field in Settings.model_fields.values()}
    assert rows_of(DOCS / "settings.md").keys() <= known


@pytest.mark.parametrize("state", IntentState)
def test_each_state_of_an_order_is_in_the_architecture(state):
    assert state.value in text_of(DOCS / "architecture.md")


@pytest.mark.parametrize("scope", SCOPES)
def test_each_slack_scope_is_explained(scope):
    assert scope in rows_of(ROOT / "README.md")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(paper):
    text = without_fences(text_of(paper))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img[^>]* src="([^"]+)"', text)
    for target in targets:
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        there = (paper.parent / path).resolve() if path else paper
        assert there.exists(), target
        if anchor:
            assert anchor in anchors_of(there), target


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_that_are_named_exist(paper):
    """A file or folder of the two packages, named in code style, is there."""
    named = re.findall(r"`((?:senexbot|senexsim|tests|docs)/[\w./-]*)`", text_of(paper))
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_functions_that_the_stories_name_exist():
    """`module.py: function` in the architecture is a function or class of that module."""
    named = re.findall(r"`(senexbot/[\w/]+\.py)`: `([\w.]+)`", text_of(DOCS / "architecture.md"))
    assert len(named) > 40
    missing = [
        f"{module}: {name}"
        for module, names in named
        for name in names.split(".")
        if not re.search(rf"(?:def|class) {name}\b", text_of(ROOT / module))
    ]
    assert missing == []


def test_each_package_folder_is_in_the_architecture():
    folders = {p.parent.relative_to(ROOT) for p in (ROOT / "senexbot").rglob("*.py")}
    text = text_of(DOCS / "architecture.md")
    assert [str(f) for f in folders if len(f.parts) == 2 and f"`{f}/`" not in text] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_that_are_shown_exist(paper):
    known = {"senexbot": commands_of(senexbot_cli), "senexsim": commands_of(senexsim_cli)}
    for line in sh_lines(paper):
        words = re.sub(r"^(?:sudo (?:-u \w+ )?)?(?:\w+=\S+ )*(?:\S*/bin/)?", "", line).split()
        if words[0] == "make":
            assert {w for w in words[1:] if "=" not in w} <= targets_of_make(), line
        elif words[0] in known:
            if words[1:] == ["--help"]:
                continue
            pair, single = " ".join(words[1:3]), words[1]
            found = known[words[0]].get(pair) or known[words[0]].get(single)
            assert found is not None, line
            assert not hasattr(found, "commands"), f"{line}: a group without its command"
            options = {o for p in found.params for o in (*p.opts, *p.secondary_opts)}
            assert {w.split("=")[0] for w in words if w.startswith("--")} <= options | {"--help"}, line


def test_each_command_of_the_host_is_told():
    text = text_of(DOCS / "commands.md")
    missing = [
        name
        for name, command in commands_of(senexbot_cli).items()
        if not hasattr(command, "commands") and f"senexbot {name}" not in text
    ]
    assert missing == []


def test_each_dependency_has_its_line():
    """The record of dependencies names each one, with what it is for."""
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    (record,) = DOCS.glob("adr/*dependencies*.md")
    listed = rows_of(record)
    wanted = (*project["dependencies"], *project["optional-dependencies"]["dev"])
    assert {re.split(r"[\[>=<]", one)[0] for one in wanted} == listed.keys()


def test_pictures_are_small():
    for picture in (DOCS / "images").iterdir():
        assert picture.suffix == ".png"
        assert picture.stat().st_size < 250_000


def test_decisions_are_numbered_without_gaps_and_listed():
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
    index = text_of(DOCS / "adr" / "README.md")
    assert [p.name for p in (DOCS / "adr").glob("[0-9]*.md") if p.name not in index] == []


def said_in_the_language() -> list[str]:
    """What the tables of the order language show as said, but for what is refused."""
    section = (
        text_of(DOCS / "commands.md").split("\n## The order language\n", 1)[1].split("\n### Refused", 1)[0]
    )
    rows = (line for line in section.splitlines() if line.startswith("| "))
    return [said for row in rows for said in re.findall(r"`([^`]+)`", row)]


@pytest.mark.parametrize("said", said_in_the_language())
def test_what_the_language_is_said_to_read_it_reads(said):
    sentence = parse(said, date(2026, 6, 1))
    assert parse(said_text(sentence), date(2026, 6, 1))
