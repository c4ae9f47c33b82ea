"""What is said behind `risk`: `risk delta 0.35`, `risk day loss 2%`, `risk off theta`, `risk usual`, `risk to here`.

`in 0001` at the end names the account. Nothing is guessed: an error says what to type instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from senexbot.domain.alerting.reading_clauses import parse_escalation
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.money import dollars, percent_text, price_text, quantity_text
from senexbot.domain.risk.presets import FLAG, KINDS, Kind, Line, Preset, Unit, longest_name
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.words import Word, looks_like_person, member_id, quoted, read_number, read_words, stumble

HOW = "Say it like risk delta 0.35, risk day loss 500, risk off theta, risk usual, or risk alone to see all."
_MENTION = re.compile(r"<([@#])([UWCG][A-Z0-9]{4,20})(?:\|[^<>]*)?>", re.ASCII)
_CHANNEL = re.compile(r"[CG][A-Z0-9]{4,20}\Z", re.ASCII)
_DELTA = re.compile(r"^\s*Δ")
_MARKS = str.maketrans({"−": "-", "Δ": "", "×": "x"})
ENDS = {
    Unit.PERCENT: ("%",),
    Unit.TIMES: ("x",),
    Unit.DAYS: ("d", "days", "day"),
    Unit.MINUTES: ("m", "min", "minutes"),
}


@dataclass(frozen=True, slots=True)
class Show:
    pass


@dataclass(frozen=True, slots=True)
class Usual:
    """All the usual presets on."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One preset on, at this line."""

    preset: Preset
    line: Line


@dataclass(frozen=True, slots=True)
class Off:
    """These presets off; none named: all."""

    presets: frozenset[Preset] = frozenset()


@dataclass(frozen=True, slots=True)
class To:
    """Where it is told from now on; both "": the owner's own messages. `here`: where it was said."""

    channel: str = ""
    person: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Escalate:
    """To whom what is critical of this account goes when nobody has it; USUAL: as the desk has it."""

    escalation: Escalation


Wish = Show | Usual | Draw | Off | To | Escalate


@dataclass(frozen=True, slots=True)
class RiskSaid:
    wish: Wish
    account_hint: str = ""


def parse_risk(text: str) -> RiskSaid:
    """Raises ParseError with what to type instead."""
    plain = _MENTION.sub(r" \2 ", _DELTA.sub("delta ", text).translate(_MARKS))
    words = list(read_words(plain))
    hint = ""
    if len(words) >= 2 and words[-2].text.lower() == "in":
        hint = words[-1].text
        words = words[:-2]
    return RiskSaid(_wish(words), hint)


def _wish(words: list[Word]) -> Wish:
    if not words:
        return Show()
    first, rest = words[0].text.lower(), words[1:]
    if first in {"usual", "all", "watch"} and not rest:
        return Usual()
    if first == "to":
        return _to(rest)
    if first == "escalate":
        return Escalate(parse_escalation(" ".join(word.text for word in rest)))
    if first == "off":
        return Off(frozenset(_names(rest)))
    if first == "on" and rest:
        words = rest
    preset, count = _name(words)
    return Draw(preset, _line(preset, words[count:]))


def _to(rest: list[Word]) -> To:
    how = "Say risk to here in a channel, risk to and a channel or person, or risk to me."
    if len(rest) != 1:
        raise ParseError("Told where?", hint=how)
    (word,) = rest
    said = word.text
    if said.lower() == "me":
        return To()
    if said.lower() == "here":
        return To(here=True)
    if _CHANNEL.match(said):
        return To(channel=said)
    if said.startswith("#"):
        raise stumble("{} does not tell me which channel that is.", word, "Say risk to here in that channel.")
    if looks_like_person(said):
        return To(person=member_id(said))
    raise stumble("{} is no channel and nobody.", word, how)


def _names(words: list[Word]) -> list[Preset]:
    found = []
    while words:
        preset, count = _name(words)
        found.append(preset)
        words = words[count:]
    return found


def _name(words: list[Word]) -> tuple[Preset, int]:
    said = tuple(word.text.lower() for word in words)
    found = longest_name(said)
    if found is not None:
        return found
    names = [name for preset, kind in KINDS.items() for name in (preset.value, *kind.also)]
    near = get_close_matches(" ".join(said[:2]), names, n=2, cutoff=0.6) or get_close_matches(
        said[0], names, n=2, cutoff=0.6
    )
    tail = " ".join(word.text for word in words[1:])
    offers = tuple(Suggestion(f"risk {name}", f"risk {name} {tail}".rstrip()) for name in near)
    raise ParseError(
        f"“{quoted(words[0].text)}” is nothing that risk watches.",
        word=quoted(words[0].text),
        place=words[0].place,
        hint=HOW,
        suggestions=(*offers, Suggestion("Show all of it", "risk"))[:3],
    )


def _line(preset: Preset, words: list[Word]) -> Line:
    kind = KINDS[preset]
    if not words:
        if kind.default is None:
            raise ParseError(
                f"{preset.value.capitalize()}: at which number?", hint=f"Say risk {example(preset)}."
            )
        return kind.default
    if kind.unit is Unit.FLAG:
        raise stumble(
            "{}: " + preset.value + " is on or off, without a number.", words[0], f"Say risk {preset.value}."
        )
    number, scaled = _number(preset, kind, words)
    if scaled and not kind.scales and kind.unit is not Unit.PERCENT:
        raise stumble(
            "{} is a percentage; " + preset.value + " has none.", words[0], f"Say risk {example(preset)}."
        )
    line = Line(number, of_net_liq=scaled and kind.unit is not Unit.PERCENT)
    most = Decimal(1000) if line.of_net_liq else kind.most
    if not kind.least <= number <= most:
        about = f"from {kind.least.normalize():f} to {quantity_text(most)}"
        raise stumble("{} is out of range.", words[0], f"{preset.value.capitalize()} goes {about}.")
    return line


def _number(preset: Preset, kind: Kind, words: list[Word]) -> tuple[Decimal, bool]:
    """The number and whether a % stands behind it; a sign in front of it is dropped, as the preset has its side."""
    first, *more = words
    text = "".join(word.text.lower() for word in words)
    scaled = text.endswith("%")
    text = text.removesuffix("%").lstrip("-+")
    for end in ENDS.get(kind.unit, ()):
        text = text.removesuffix(end)
    if more and len(more) > 1:
        raise stumble("{} is one word too many.", more[1], f"Say risk {example(preset)}.")
    return read_number(Word(text, first.place), preset.value), scaled


def example(preset: Preset) -> str:
    """`delta 0.35`: what to say to set it."""
    if KINDS[preset].unit is Unit.FLAG:
        return preset.value
    default = KINDS[preset].default or Line(Decimal(20_000))
    return f"{preset.value} {line_text(preset, default)}"


def line_text(preset: Preset, line: Line) -> str:
    """The threshold as it is typed: `0.35`, `500`, `2%`, `2x`, `21`; "" of a flag."""
    if line == FLAG and KINDS[preset].unit is Unit.FLAG:
        return ""
    number = f"{line.value.normalize():f}"
    if line.of_net_liq or KINDS[preset].unit is Unit.PERCENT:
        return f"{number}%"
    return f"{number}x" if KINDS[preset].unit is Unit.TIMES else number


def value_words(preset: Preset, value: Decimal) -> str:
    """A value as a trader reads it: `−0.36`, `$512.00`, `59 %`, `21 days`, `2.1×`."""
    match KINDS[preset].unit:
        case Unit.DOLLARS:
            return dollars(value)
        case Unit.PERCENT:
            return percent_text(value, places=1 if abs(value) < 10 else 0)
        case Unit.DELTA:
            return price_text(value.quantize(Decimal("0.01")))
        case Unit.SHARES:
            return quantity_text(value.quantize(Decimal(1)))
        case Unit.DAYS:
            return _counted(value, "day")
        case Unit.MINUTES:
            return f"{int(value)} min"
        case Unit.TIMES:
            return f"{price_text(value.quantize(Decimal('0.1')))[:-1]}×"
        case _:
            return ""


def _counted(value: Decimal, one: str) -> str:
    count = int(value)
    return f"{count} {one if abs(count) == 1 else one + 's'}"
