import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.errors import ParseError
from senexbot.domain.language import parse
from senexbot.domain.links import Role
from senexbot.domain.parsing_quote import parse_quote
from senexbot.domain.verbs import VERBS, find_verb, verb_named, verb_of_command
from tests.domain.builders import TODAY, fit_to_show

READERS = {
    "quote": parse_quote,
    "order": lambda t: parse(t, TODAY),
    "close": lambda t: parse(t if t.startswith("protect") else f"close {t}", TODAY),
    "roll": lambda t: parse(f"roll {t}", TODAY),
    "replace": lambda t: parse(f"replace {t}", TODAY),
    "alert": lambda t: parse_alert(t.removeprefix("test "), TODAY),
}


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("", "help", ""),
        ("  ", "help", ""),
        ("QUOTE aapl", "quote", "aapl"),
        ("buy 100 AAPL", "order", "buy 100 AAPL"),
        ("Sell  50 AAPL mkt", "order", "sell 50 AAPL mkt"),
        ("buy", "order", "buy"),
        ("order buy 100 AAPL", "order", "buy 100 AAPL"),
        ("orders", "orders", ""),
        ("alerts", "alerts", ""),
        ("alert AAPL &gt; 200", "alert", "AAPL &gt; 200"),
        ("halt Störung \u202e", "halt", "Störung \u202e"),
    ],
)
def test_find_verb(text, name, rest):
    verb, behind = find_verb(text)
    assert (verb.name, behind) == (name, rest)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("AAPL", "quote AAPL"),
        ("by 100 AAPL @ 1", "order buy 100 AAPL @ 1"),
        ("qoute SPY", "quote SPY"),
        ("conect", "connect"),
        ("100 AAPL", "order buy 100 AAPL"),
        ("zzzzzzzzzzzz", "help"),
        ("qoute <@U1>", "quote"),
    ],
)
def test_an_unknown_word_is_quoted_and_answered_with_what_was_meant(text, first):
    with pytest.raises(ParseError) as caught:
        find_verb(text)
    error = caught.value
    assert error.place == 1
    assert error.word in text
    assert error.suggestions[0].command == first
    assert len(error.suggestions) <= 3
    for suggestion in error.suggestions:
        find_verb(suggestion.command)


def test_words_are_declared_once_and_examples_are_read():
    said = [word for verb in VERBS for word in (verb.name, *verb.words, *verb.entry)]
    assert len(said) == len(set(said))
    for verb in VERBS:
        assert verb_named(verb.name) is verb
        for example in (*verb.examples, verb.name):
            found, rest = find_verb(example)
            assert found is verb
            if verb.name in READERS and example != verb.name:
                READERS[verb.name](rest)


def test_short_commands():
    """Design decision 16: the few short ones."""
    short = {verb.short_command for verb in VERBS if verb.short_command}
    assert short == {"/quote", "/order", "/orders", "/positions", "/balances", "/alert", "/alerts", "/halt"}
    found = verb_of_command("/quote")
    assert found is not None
    assert found.name == "quote"
    assert verb_of_command("") is None
    assert verb_of_command("/senex") is None


def test_who_may_say_what():
    assert verb_named("order").roles == {Role.TRADER}
    assert verb_named("resume").roles == {Role.OPERATOR, Role.RISK}
    assert verb_named("help").roles == frozenset()


@given(st.text(max_size=60))
def test_hostile_text_only_raises_parse_error(text):
    try:
        find_verb(text)
    except ParseError as error:
        fit_to_show(error)
