import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.words import (
    Word,
    first_and_rest,
    looks_like_person,
    looks_numeric,
    member_id,
    quoted,
    read_number,
    read_words,
)
from tests.domain.builders import D, fit_to_show


def texts(text):
    return [word.text for word in read_words(text)]


def number(text):
    return read_number(Word(text, 1), "quantity")


def test_words_have_places_and_slack_escapes_are_undone_once():
    assert read_words(" AAPL  &gt;\n200 ") == (Word("AAPL", 1), Word(">", 2), Word("200", 3))
    assert texts("a &amp;lt; &lt;b&gt; < >") == ["a", "&lt;", "<b>", "<", ">"]
    assert texts("") == texts(" \u00a0\t") == []
    assert texts("buy\u00a0100\u202fAAPL") == ["buy", "100", "AAPL"]


def test_a_link_that_slack_made_of_a_word_is_that_word():
    assert texts("quote <http://BRK.BE|BRK.BE>") == ["quote", "BRK.BE"]


@pytest.mark.parametrize(
    "text",
    [
        "<@U123ABC>",
        "<#C1|general>",
        "<!channel>",
        "<!here>",
        "<https://evil.example|AAPL>",
        "<http://a.b>",
        "x<@U1>y",
    ],
)
def test_mentions_and_links_are_refused_as_words(text):
    with pytest.raises(ParseError) as caught:
        read_words(f"quote {text}")
    assert caught.value.place == 2
    assert "mention" in caught.value.message


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("１００", "Type 100 with"),  # full-width
        ("١٠", "Type 10 with"),  # Arabic
        ("ΑΑPL", "Type AAPL with"),  # Greek
        ("АAPL", "Type AAPL with"),  # Cyrillic
        ("AA\u200bPL", "Type AAPL with"),  # zero width
        ("\u202eLPAA", "Type LPAA with"),  # right to left
        ("AA\x00PL", "Type AAPL with"),
        ("AA\x1cPL", "Type AAPL with"),  # which str.split would take for a space
        ("🚀", "plain letters and digits only"),
        ("\u200b", "plain letters and digits only"),
        ("你好", "plain letters and digits only"),
    ],
)
def test_what_only_looks_plain_is_refused_by_name_and_never_folded(word, hint):
    """F117, I75."""
    with pytest.raises(ParseError) as caught:
        read_words(f"buy {word} AAPL")
    error = caught.value
    assert error.place == 2
    assert hint in error.hint
    assert error.word is not None
    assert error.word.isprintable()


def test_long_texts_and_long_words():
    with pytest.raises(ParseError, match="10,000 characters"):
        read_words("x" * 10_000)
    assert texts("x" * 1000) == ["x" * 1000]
    assert quoted("x" * 41) == "x" * 39 + "…"
    assert quoted("x" * 40) == "x" * 40
    assert quoted("a\u202e\u0301b") == "a\ufffd\ufffdb"


def test_first_and_rest_keep_what_was_typed():
    assert first_and_rest(" halt  öl &gt; x ") == ("halt", "öl &gt; x")
    assert first_and_rest("\u00a0halt") == ("halt", "")
    assert first_and_rest("halt a\u00a0\u00a0b") == ("halt", "a\u00a0\u00a0b")
    assert first_and_rest("  ") == ("", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", "100"),
        ("1,000", "1000"),
        ("1,000,000.25", "1000000.25"),
        ("187.50", "187.50"),
        (".5", "0.5"),
        ("$187.50", "187.50"),
        ("0.0001", "0.0001"),
        ("0", "0"),
        ("999999999", "999999999"),
    ],
)
def test_numbers_that_are_read(text, value):
    assert number(text) == D(value)


@pytest.mark.parametrize(
    "text",
    [
        "1e6",
        "NaN",
        "inf",
        "Infinity",
        "-1",
        "+1",
        "1.2.3",
        "1,00",
        "10,00",
        "1,0000",
        ",100",
        "100,",
        "5.",
        ".",
        "$",
        "$$1",
        "0x10",
        "007",
        "00",
        "0,100",
        "1_000",
        "1000000000",
        "1,000,000,000",
        "0.12345",
        "187,5",
        "187,50",
        "1/2",
        "100k",
        "1E309",
        "1e309",
    ],
)
def test_numbers_that_are_refused(text):
    """F117."""
    with pytest.raises(ParseError) as caught:
        number(text)
    assert caught.value.hint
    assert caught.value.word == text


def test_hints_of_numbers():
    hints = {}
    for text in ("-5", "187,50", "1e6", "007", "1234567890", "1.23456"):
        with pytest.raises(ParseError) as caught:
            number(text)
        hints[text] = caught.value.hint
    assert "no sign" in hints["-5"]
    assert "187.50" in hints["187,50"]
    assert "plain digits" in hints["1e6"]
    assert "zeros" in hints["007"]
    assert "9 digits" in hints["1234567890"]
    assert "4 digits" in hints["1.23456"]


def test_looks_numeric():
    assert [looks_numeric(t) for t in ("100", "-5", "$1", ".5", "1e6", "AAPL", "@", "")] == [True] * 5 + [
        False
    ] * 3


@given(st.text(max_size=1200))
def test_any_text_is_words_or_a_parse_error(text):
    try:
        words = read_words(text)
    except ParseError as error:
        fit_to_show(error)
        return
    assert all("!" <= c <= "~" for word in words for c in word.text)


@given(st.text(alphabet="0123456789.,$e-+ ١１", max_size=14))
def test_a_number_is_exactly_what_stands_there(text):
    try:
        value = number(text)
    except ParseError:
        return
    assert value == D(text.replace(",", "").replace("$", ""))


@pytest.mark.parametrize("text", ["<@U012AB3CD>", "<@U012AB3CD|ana>", "U012AB3CD"])
def test_a_person_is_named_by_mention_or_member_id(text):
    assert looks_like_person(text)
    assert member_id(text) == "U012AB3CD"


@pytest.mark.parametrize("text", ["@ana", "ana", "<@U1>", "U012AB3CD4x", "<#C012AB3CD>", ""])
def test_nobody_is_guessed(text):
    with pytest.raises(ParseError) as error:
        member_id(text)
    assert error.value.hint
    assert looks_like_person(text) is text.startswith(("@", "<@"))
