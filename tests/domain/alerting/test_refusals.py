"""What is refused: the table of wrong texts, each with its exact message; what is offered instead reads well."""

from __future__ import annotations

import pytest

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.errors import ParseError
from senexbot.domain.verbs import find_verb
from tests.domain.builders import fit_to_show

from .texts import TODAY
from .wrong import WRONG


@pytest.mark.parametrize(
    ("text", "message", "hint", "commands"), [pytest.param(*row, id=row[0]) for row in WRONG]
)
def test_it_is_refused_by_name(text: str, message: str, hint: str, commands: tuple[str, ...]) -> None:
    with pytest.raises(ParseError) as caught:
        parse_alert(text, TODAY)
    error = caught.value
    assert (str(error), error.hint, tuple(s.command for s in error.suggestions)) == (message, hint, commands)
    fit_to_show(error)
    for command in commands:
        verb, said = find_verb(command)
        assert (verb.name, text_of(parse_alert(said, TODAY))) == ("alert", said)


def test_there_are_many() -> None:
    assert len({text for text, *_ in WRONG}) >= 100


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("AAPL > 200 dayly", "dayly", 4),
        ("AAPL>=200", ">=", 1),
        ("SPY 18DEC26 562 > 5", "562", 3),
        ("AAPL > 200 and SPY < 590 for 5m", "for", 8),
        ("AAPL", "AAPL", 1),
        ("", None, None),
    ],
)
def test_the_place_is_named(text: str, word: str | None, place: int | None) -> None:
    with pytest.raises(ParseError) as caught:
        parse_alert(text, TODAY)
    assert (caught.value.word, caught.value.place) == (word, place)
