"""What is said behind `risk`: read to one meaning, written back to the same, or refused with what to type."""

from __future__ import annotations

from datetime import timedelta

import pytest

from senexbot.domain.errors import ParseError
from senexbot.domain.links import Environment, Role
from senexbot.domain.risk.presets import FLAG, KINDS, Line, Preset, preset_named
from senexbot.domain.risk.saying import (
    Draw,
    Escalate,
    Off,
    RiskSaid,
    Show,
    To,
    Usual,
    Wish,
    example,
    line_text,
    parse_risk,
    value_words,
)
from senexbot.domain.risk.watches import Watch, may_watch, watch_id, with_line, with_usual, without
from senexbot.domain.routing.escalation import Escalation
from tests.domain.risk.world import D

P = Preset


def draw(preset: Preset, value: str, *, of_net_liq: bool = False) -> Draw:
    return Draw(preset, Line(D(value), of_net_liq))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", Show()),
        ("delta 0.35", draw(P.DELTA, "0.35")),
        ("delta -.35", draw(P.DELTA, "0.35")),
        ("Δ 0,4".replace(",", "."), draw(P.DELTA, "0.4")),
        ("DELTA 0.35Δ", draw(P.DELTA, "0.35")),
        ("short delta 0.30", draw(P.DELTA, "0.30")),
        ("beta delta 150", draw(P.BETA_DELTA, "150")),
        ("beta 120%", draw(P.BETA_DELTA, "120", of_net_liq=True)),
        ("day loss 500", draw(P.DAY_LOSS, "500")),
        ("day loss $1,500", draw(P.DAY_LOSS, "1500")),
        ("day loss 2%", draw(P.DAY_LOSS, "2", of_net_liq=True)),
        ("day loss 2 %", draw(P.DAY_LOSS, "2", of_net_liq=True)),
        ("day loss", draw(P.DAY_LOSS, "2", of_net_liq=True)),
        ("on day loss", draw(P.DAY_LOSS, "2", of_net_liq=True)),
        ("floor 20000", draw(P.FLOOR, "20000")),
        ("dte 21", draw(P.DTE, "21")),
        ("dte 14 days", draw(P.DTE, "14")),
        ("expiration 7d", draw(P.DTE, "7")),
        ("bp 60", draw(P.BUYING_POWER, "60")),
        ("buying power 60%", draw(P.BUYING_POWER, "60")),
        ("loss 2x", draw(P.LOSS, "2")),
        ("loss 1.5×", draw(P.LOSS, "1.5")),
        ("max loss 50", draw(P.MAX_LOSS, "50")),
        ("part filled 10m", draw(P.PART_FILLED, "10")),
        ("margin call", Draw(P.MARGIN_CALL, FLAG)),
        ("margin 8", draw(P.CUSHION, "8")),
        ("tested 0", draw(P.TESTED, "0")),
        ("usual", Usual()),
        ("watch", Usual()),
        ("off", Off()),
        ("off theta", Off(frozenset({P.THETA}))),
        ("off day loss vega", Off(frozenset({P.DAY_LOSS, P.VEGA}))),
        ("escalate to risk after 10m", Escalate(Escalation("risk", timedelta(minutes=10)))),
        ("escalate to <@U0BEN12>", Escalate(Escalation("U0BEN12"))),
        ("escalate usual", Escalate(Escalation())),
        ("to me", To()),
        ("to here", To(here=True)),
        ("to <#C0DESK1|desk>", To(channel="C0DESK1")),
        ("to C0DESK1", To(channel="C0DESK1")),
        ("to <@U0BEN12>", To(person="U0BEN12")),
        ("to U0BEN12", To(person="U0BEN12")),
    ],
)
def test_what_is_said_has_one_meaning(text: str, wish: Wish) -> None:
    assert parse_risk(text) == RiskSaid(wish)
    assert parse_risk(f"{text} in 0001") == RiskSaid(wish, "0001")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("detla 0.3", "“detla” is nothing that risk watches.", "Say it like risk delta 0.35"),
        ("zzz", "“zzz” is nothing that risk watches.", "Say it like"),
        ("on", "“on” is nothing that risk watches.", "Say it like"),
        ("usual please", "“usual” is nothing that risk watches.", "Say it like"),
        ("floor", "Floor: at which number?", "Say risk floor 20000."),
        ("delta 3", "“3” is out of range.", "Delta goes from 0.01 to 1."),
        ("day loss 2000%", "“2000%” is out of range.", "Day loss goes from 0.01 to 1,000."),
        ("delta much", "“much” is not a delta.", "Write it in plain digits"),
        ("delta 0,3", "“0,3” is not a delta.", "The decimal mark is a point"),
        ("dte 21%", "“21%” is a percentage; dte has none.", "Say risk dte 21."),
        ("margin call 3", "“3”: margin call is on or off, without a number.", "Say risk margin call."),
        ("delta 0.3 now please", "“please” is one word too many.", "Say risk delta 0.35."),
        ("off zzz", "“zzz” is nothing that risk watches.", "Say it like"),
        ("escalate", "To whom, or after how long?", "Say escalate to risk after 10m"),
        ("escalate to risk soon", "“soon” is one word too many.", "Say escalate to risk after 10m"),
        ("to", "Told where?", "Say risk to here in a channel"),
        ("to #desk", "“#desk” does not tell me which channel that is.", "Say risk to here in that channel."),
        ("to @ben", "“@ben” names nobody here.", "Mention the person"),
        ("to nowhere", "“nowhere” is no channel and nobody.", "Say risk to here"),
    ],
)
def test_what_is_not_understood_is_told_with_what_to_type(text: str, message: str, hint: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_risk(text)
    assert caught.value.message.startswith(message)
    assert caught.value.hint.startswith(hint)


def test_a_misspelling_offers_what_was_meant_with_its_number() -> None:
    with pytest.raises(ParseError) as caught:
        parse_risk("dayloss 500")
    assert caught.value.suggestions[0].command == "risk day loss 500"
    with pytest.raises(ParseError) as caught:
        parse_risk("vaga")
    assert "risk vega" in [offer.command for offer in caught.value.suggestions]


@pytest.mark.parametrize("preset", Preset)
def test_each_example_is_read_back_to_the_default(preset: Preset) -> None:
    wish = parse_risk(example(preset)).wish
    assert isinstance(wish, Draw)
    assert wish.line == (KINDS[preset].default or Line(D(20_000)))
    assert parse_risk(f"{preset.value} {line_text(preset, wish.line)}").wish == wish


def test_no_word_names_two_presets() -> None:
    words = [word for preset, kind in KINDS.items() for word in (preset.value, *kind.also)]
    assert len(words) == len(set(words))
    assert preset_named("nothing") is None


@pytest.mark.parametrize(
    ("preset", "value", "words"),
    [
        (P.DELTA, "0.3612", "0.36"),
        (P.DAY_LOSS, "512.5", "$512.50"),
        (P.PROFIT, "58.96", "59 %"),
        (P.TESTED, "-0.94", "-0.9 %"),
        (P.LOSS, "2.13", "2.1×"),
        (P.DTE, "21", "21 days"),
        (P.DTE, "1", "1 day"),
        (P.PART_FILLED, "10.4", "10 min"),
        (P.BETA_DELTA, "1234.5", "1,234"),
        (P.MARGIN_CALL, "1", ""),
    ],
)
def test_values_are_told_as_traders_read_them(preset: Preset, value: str, words: str) -> None:
    assert value_words(preset, D(value)) == words


def test_a_watch_holds_its_lines_in_the_order_of_the_presets() -> None:
    bare = Watch(watch_id(Environment.LIVE, "5WT1", "U1"), "T1", "U1", "L1", Environment.LIVE, "5WT1", 0)
    own = with_line(with_line(bare, P.DELTA, Line(D("0.3"))), P.DAY_LOSS, Line(D(500)))
    assert list(own.lines) == [P.DAY_LOSS, P.DELTA]
    assert own.version == 2
    usual = with_usual(own)
    assert usual.lines[P.DELTA] == Line(D("0.3"))
    assert usual.lines[P.DTE] == Line(D(21))
    assert P.FLOOR not in usual.lines
    assert P.CONCENTRATION not in usual.lines
    assert without(usual, frozenset({P.DTE})).lines.keys() == usual.lines.keys() - {P.DTE}
    assert (own.id, own.ref.number, own.ref.link_id) == ("live:5WT1:U1", "5WT1", "L1")


@pytest.mark.parametrize(
    ("roles", "own", "may"), [((), True, True), ((Role.RISK,), False, True), ((Role.OPERATOR,), False, False)]
)
def test_its_holder_and_the_role_risk_may_watch_an_account(
    roles: tuple[Role, ...], own: bool, may: bool
) -> None:
    assert may_watch(frozenset(roles), is_own=own) is may
