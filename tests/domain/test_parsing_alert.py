import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerts import AlertDraft, Direction
from senexbot.domain.errors import ParseError
from senexbot.domain.parsing_alert import alert_text, parse_alert
from senexbot.domain.verbs import find_verb

from .builders import D, fit_to_show


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("AAPL > 200", AlertDraft("AAPL", Direction.ABOVE, D(200))),
        ("aapl &gt; 200", AlertDraft("AAPL", Direction.ABOVE, D(200))),
        ("AAPL&gt;200", AlertDraft("AAPL", Direction.ABOVE, D(200))),
        ("AAPL above $1,200.50", AlertDraft("AAPL", Direction.ABOVE, D("1200.5"))),
        ("AAPL over 200", AlertDraft("AAPL", Direction.ABOVE, D(200))),
        ("SPY < 590", AlertDraft("SPY", Direction.BELOW, D(590))),
        ("SPY below .5", AlertDraft("SPY", Direction.BELOW, D("0.5"))),
        ("SPY under 590", AlertDraft("SPY", Direction.BELOW, D(590))),
        ("SPY 18 dec 26 590 put > 3.40", AlertDraft("SPY 18DEC26 590p", Direction.ABOVE, D("3.4"))),
        ("SPY 261218P00590000 < 3", AlertDraft("SPY261218P00590000", Direction.BELOW, D(3))),
    ],
)
def test_what_is_understood(text, draft):
    assert parse_alert(text) == draft
    assert parse_alert(alert_text(draft)) == draft


@pytest.mark.parametrize(
    ("text", "word", "says", "commands"),
    [
        ("", None, "on what", []),
        ("AAPL", None, "which price", []),
        ("AAPL >", ">", "price is missing", []),
        ("AAPL 200", "200", "Above or below", ["alert AAPL > 200.00", "alert AAPL < 200.00"]),
        ("AAPL >= 200", ">=", "not served", ["alert AAPL > 200.00"]),
        ("AAPL<=200", "<=", "not served", ["alert AAPL < 200.00"]),
        ("AAPL = 200", "=", "not served", ["alert AAPL > 200.00", "alert AAPL < 200.00"]),
        ("AAPL >= x", ">=", "not served", []),
        ("AAPL abvoe 200", "abvoe", "neither", ["alert AAPL > 200.00"]),
        ("AAPL zzz 200", "zzz", "neither", []),
        ("AAPL > 0", "0", "zero", []),
        ("AAPL > NaN", "NaN", "not a price", []),
        ("AAPL > -1", "-1", "not a price", []),
        ("AAPL > 200 now", "now", "too many", []),
        ("AAPL > 200 <#C1|team>", "<#C1|team>", "mention", []),
        ("> 200", ">", "not a symbol", []),
    ],
)
def test_what_is_refused(text, word, says, commands):
    with pytest.raises(ParseError, match=says) as caught:
        parse_alert(text)
    error = caught.value
    assert error.word == word
    assert error.hint
    assert [s.command for s in error.suggestions] == commands
    for command in commands:
        parse_alert(find_verb(command)[1])


@given(st.one_of(st.text(max_size=80), st.text(alphabet="APLS <>=&;gt0159.,１\u202e", max_size=30)))
def test_hostile_text_only_raises_parse_error(text):
    try:
        draft = parse_alert(text)
    except ParseError as error:
        fit_to_show(error)
    else:
        assert parse_alert(alert_text(draft)) == draft
        assert draft.level > 0
