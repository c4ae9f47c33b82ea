"""Escaping, cutting and fitting: foreign text cannot act (I74), and nothing exceeds Slack's limits."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.blocks import inputs, kit
from senexbot.blocks.kit import Message

from .builders import NOW, ago
from .hostile import HOSTILE, LAW, hostile_text
from .slack_rules import check_foreign, check_message, check_text, units


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("&lt;", "&amp;lt;"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("<https://evil.test|AAPL>", "&lt;https://evil.test|AAPL&gt;"),
        ("*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ ˋcodeˋ"),
        ("_lean_", "ˍleanˍ"),
        ("margin_check_failed", "margin_check_failed"),
        ("a_ _b é_c", "aˍ ˍb éˍc"),
        ("> quoted", "› quoted".replace("› ", "›")),
        (">>> all", "›››all"),
        ("1 > 2", "1 &gt; 2"),
        (":rotating_light: now", "∶rotating_light: now"),
        ("10:42:11", "10:42:11"),
        (":100: :+1:", "∶100: ∶+1:"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("\u202egnp\u202c \u200bx\ufeff\u2066y", "gnp xy"),
        ("\x00\x07\x1b[31mred", "[31mred"),
        ("e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_foreign_text_is_shown_and_does_nothing(typed: str, shown: str) -> None:
    """I74"""
    assert kit.esc(typed) == shown


@LAW
@given(hostile_text())
def test_escaped_text_never_acts_and_never_exceeds_its_limit(text: str) -> None:
    """I74"""
    escaped = kit.esc(text, 40)
    check_foreign(escaped)
    assert units(html.unescape(escaped)) <= 40
    assert not set(escaped) & set("*~`\n\r\t")
    check_text(kit.section(f"*{escaped}* {escaped}")["text"], 3000)


@LAW
@given(st.text(alphabet=st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]), max_size=60))
def test_plain_words_come_through_unchanged(text: str) -> None:
    assert kit.esc(text) == text


@LAW
@given(hostile_text(), st.integers(1, 200))
def test_plain_text_is_never_empty_and_never_too_long(text: str, limit: int) -> None:
    shown = kit.plain(text, limit)
    assert 1 <= units(shown) <= limit
    assert "\n" not in shown


@LAW
@given(
    st.lists(st.sampled_from(["*", "&amp;", "<!date^1^{time}|x>", "𝔸", "a", " ", "\n"]), max_size=30),
    st.integers(3, 40),
)
def test_our_markup_is_never_cut_through(parts: list[str], limit: int) -> None:
    whole = "".join(parts)
    shown = kit.cut_mrkdwn(whole, limit)
    assert units(shown) <= limit
    check_foreign(shown)
    if units(whole) <= limit:
        assert shown == whole
    else:
        assert kit.ELLIPSIS in shown
        assert shown.count("*") % 2 == 0


def test_a_cut_says_so() -> None:
    assert kit.cut("abcdef", 6) == "abcdef"
    assert kit.cut("abc defg", 5) == "abc…"
    assert kit.quoted("x" * 50) == f'"{"x" * 39}…"'


def test_a_notification_carries_words_instead_of_markup() -> None:
    line = f"*LIVE* until {kit.when(NOW)} · <https://slack.test/p1|Card> <@U12345>"
    assert kit.without_markup(line) == "LIVE until 15:40 UTC · Card <@U12345>"


def test_moments_are_shown_in_the_readers_time_zone() -> None:
    assert kit.when(NOW) == f"<!date^{int(NOW.timestamp())}^{{time}}|15:40 UTC>"
    assert kit.when(NOW, NOW, seconds=True) == f"<!date^{int(NOW.timestamp())}^{{time_secs}}|15:40:00 UTC>"
    assert (
        kit.when(NOW, ago(90_000))
        == f"<!date^{int(NOW.timestamp())}^{{date_short}} {{time}}|23 Nov 15:40 UTC>"
    )


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("https://slack.test/a?x=1&y=2", "<https://slack.test/a?x=1&amp;y=2|Card>"),
        ("javascript:alert(1)", "Card"),
        ("https://x|<!channel>", "Card"),
        ("", "Card"),
    ],
)
def test_only_an_address_becomes_a_link(url: str, made: str) -> None:
    assert kit.link(url, "Card") == made


def test_only_ids_become_a_person_or_a_channel() -> None:
    assert kit.person("U12345") == "<@U12345>"
    assert kit.person("host") == "the command line"
    assert kit.person("<!here>") == "&lt;!here&gt;"
    assert kit.channel_words("C12345") == "<#C12345>"
    assert kit.channel_words("C12345>") == "that channel"


def test_block_shapes() -> None:
    assert len(kit.fields(*["a"] * 12)["fields"]) == 10
    assert len(kit.context(*["a"] * 12)["elements"]) == 10
    assert kit.section("")["text"]["text"] == "–"
    assert len(kit.section("x", block_id="b" * 300)["block_id"]) == 255
    assert kit.button("A label that is much longer than thirty", "a", "v", "danger")["style"] == "danger"
    assert len(kit.actions(*[kit.button("x", f"a{i}", "v") for i in range(30)])["elements"]) == 25
    given_hint = inputs.text_input("b", "a", "Label", placeholder="eyJ…")["element"]["placeholder"]["text"]
    assert given_hint == "eyJ…"
    assert inputs.radio_input("b", "a", "Label", [("v", "Words")], hint="which")["hint"]["text"] == "which"
    assert kit.header("x" * 200)["text"]["text"].endswith("…")


def test_a_long_title_is_cut_for_the_phone_and_stands_in_full_below() -> None:
    title = "LIVE · " + "word " * 30
    made = kit.card(title, "next", key="order.v3")
    first, second, third = made.text.split("\n")
    assert units(first) <= 90
    assert second.strip() == title.strip()
    assert third == "next"
    assert made.blocks[0]["block_id"] == "order.v3.text"


def test_buttons_stand_in_rows_of_five() -> None:
    made = kit.card("x", buttons=[kit.button(f"b{i}", f"a{i}", "v") for i in range(7)], key="k")
    assert [len(b["elements"]) for b in made.blocks[1:]] == [5, 2]
    check_message(made)


def test_a_repeat_is_marked_on_the_phone_and_on_the_screen() -> None:
    """I42"""
    made = kit.repeated(kit.card("AAPL 200.05, above 200.00"))
    assert made.text == "Possible repeat: AAPL 200.05, above 200.00"
    assert made.blocks[0]["elements"][0]["text"].startswith("Possible repeat:")
    check_message(made)


def _rows(count: int, length: int) -> tuple[kit.Block, ...]:
    return tuple(kit.section("x" * length) for _ in range(count))


def test_fit_leaves_alone_what_fits() -> None:
    message = kit.card("x", rows=_rows(40, 10))
    assert kit.fit(message) == message


@pytest.mark.parametrize("count", [49, 50, 51, 120])
def test_fit_drops_rows_says_so_and_keeps_the_buttons(count: int) -> None:
    button = kit.actions(kit.button("Cancel order", "order_cancel", "h"))
    fitted = kit.fit(Message("x", (*_rows(count, 10), button)))
    assert len(fitted.blocks) <= 50
    assert fitted.blocks[-1] == button
    assert ("more than fits" in str(fitted.blocks)) == (count >= 50)
    check_message(fitted)


def test_fit_keeps_the_whole_below_twelve_thousand() -> None:
    fitted = kit.fit(Message("x", _rows(6, 2900)))
    assert kit.size(fitted.blocks) <= kit.PAYLOAD_LIMIT
    assert fitted.blocks[-1]["type"] == "context"
    check_message(fitted)


def test_fit_gives_up_buttons_only_when_nothing_else_is_left() -> None:
    row = kit.actions(*[kit.button("x", f"a{i}", "v" * 1900) for i in range(10)])
    fitted = kit.fit(Message("x\n" + "y" * 5000, (kit.section("first"), row, row)))
    assert [b["type"] for b in fitted.blocks] == ["section", "context"]
    assert units(fitted.text) <= 4000


def test_fit_survives_what_nothing_can_make_fit() -> None:
    row = kit.actions(*[kit.button("x", f"a{i}", "v" * 1900) for i in range(10)])
    assert kit.fit(Message("", (row,))) == Message("–", ())


@LAW
@given(st.lists(st.sampled_from(HOSTILE), max_size=80))
def test_any_rows_of_hostile_text_become_a_legal_message(texts: list[str]) -> None:
    """I74"""
    made = kit.card(kit.esc("".join(texts), 500), rows=[kit.section(kit.esc(t * 40, 2900)) for t in texts])
    check_message(made)
