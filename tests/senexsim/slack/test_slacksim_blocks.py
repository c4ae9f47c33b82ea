"""Block Kit's limits, each just within and just beyond, with the place of the complaint; and no input breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slacksim_bench import actions, button, field, modal, plain, section

from senexsim.slack.blockkit.check import check_blocks, check_view
from senexsim.slack.blockkit.complete import complete
from senexsim.slack.ids import Ids

OPTION = {"text": plain("x"), "value": "v"}


def options(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"text": plain("x"), "value": str(n), **more} for n in range(count)]


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": [OPTION], **more}


def cells(rows: int, columns: int = 1, text: str = "x") -> list[list[dict[str, Any]]]:
    return [[{"type": "raw_text", "text": text} for _ in range(columns)] for _ in range(rows)]


def confirm(**more: Any) -> dict[str, Any]:
    return {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n"), **more}


# (what, block within the limit, block beyond it, where the complaint points)
LIMITS: list[tuple[str, Any, Any, str]] = [
    ("section text", section("x" * 3000), section("x" * 3001), "/blocks/0/text/text"),
    ("section text least", section("x"), section(""), "/blocks/0/text/text"),
    (
        "section fields",
        {"type": "section", "fields": [plain("x")] * 10},
        {"type": "section", "fields": [plain("x")] * 11},
        "/blocks/0/fields",
    ),
    (
        "section field text",
        {"type": "section", "fields": [plain("x" * 2000)]},
        {"type": "section", "fields": [plain("x" * 2001)]},
        "/blocks/0/fields/0/text",
    ),
    (
        "header",
        {"type": "header", "text": plain("x" * 150)},
        {"type": "header", "text": plain("x" * 151)},
        "/blocks/0/text/text",
    ),
    (
        "header is plain",
        {"type": "header", "text": plain("x")},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        "/blocks/0/text/type",
    ),
    (
        "context",
        {"type": "context", "elements": [plain("x")] * 10},
        {"type": "context", "elements": [plain("x")] * 11},
        "/blocks/0/elements",
    ),
    (
        "actions",
        actions(*[button(str(n)) for n in range(25)]),
        actions(*[button(str(n)) for n in range(26)]),
        "/blocks/0/elements",
    ),
    ("block_id", section("x", block_id="x" * 255), section("x", block_id="x" * 256), "/blocks/0/block_id"),
    ("action_id", actions(button("x" * 255)), actions(button("x" * 256)), "/blocks/0/elements/0/action_id"),
    (
        "button text",
        actions(button("a", "x" * 75)),
        actions(button("a", "x" * 76)),
        "/blocks/0/elements/0/text/text",
    ),
    (
        "button value",
        actions(button("a", value="x" * 2000)),
        actions(button("a", value="x" * 2001)),
        "/blocks/0/elements/0/value",
    ),
    (
        "button url",
        actions(button("a", url="x" * 3000)),
        actions(button("a", url="x" * 3001)),
        "/blocks/0/elements/0/url",
    ),
    (
        "button style",
        actions(button("a", style="danger")),
        actions(button("a", style="loud")),
        "/blocks/0/elements/0/style",
    ),
    (
        "accessibility label",
        actions(button("a", accessibility_label="x" * 75)),
        actions(button("a", accessibility_label="x" * 76)),
        "/blocks/0/elements/0/accessibility_label",
    ),
    (
        "confirm title",
        actions(button("a", confirm=confirm(title=plain("x" * 100)))),
        actions(button("a", confirm=confirm(title=plain("x" * 101)))),
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        actions(button("a", confirm=confirm(text=plain("x" * 300)))),
        actions(button("a", confirm=confirm(text=plain("x" * 301)))),
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "confirm button",
        actions(button("a", confirm=confirm(confirm=plain("x" * 30)))),
        actions(button("a", confirm=confirm(confirm=plain("x" * 31)))),
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "select options",
        actions(select(options=options(100))),
        actions(select(options=options(101))),
        "/blocks/0/elements/0/options",
    ),
    (
        "option groups",
        actions(
            {"type": "static_select", "option_groups": [{"label": plain("g"), "options": options(2)}] * 100}
        ),
        actions(
            {"type": "static_select", "option_groups": [{"label": plain("g"), "options": options(2)}] * 101}
        ),
        "/blocks/0/elements/0/option_groups",
    ),
    (
        "option text",
        actions(select(options=[{"text": plain("x" * 75), "value": "v"}])),
        actions(select(options=[{"text": plain("x" * 76), "value": "v"}])),
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        actions(select(options=[{"text": plain("x"), "value": "v" * 150}])),
        actions(select(options=[{"text": plain("x"), "value": "v" * 151}])),
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "option description",
        actions(select(options=[{**OPTION, "description": plain("x" * 75)}])),
        actions(select(options=[{**OPTION, "description": plain("x" * 76)}])),
        "/blocks/0/elements/0/options/0/description/text",
    ),
    (
        "initial option",
        actions(select(initial_option=OPTION)),
        actions(select(initial_option={"text": plain("x"), "value": "other"})),
        "/blocks/0/elements/0/initial_option",
    ),
    (
        "overflow",
        actions({"type": "overflow", "options": options(5)}),
        actions({"type": "overflow", "options": options(6)}),
        "/blocks/0/elements/0/options",
    ),
    (
        "checkboxes",
        actions({"type": "checkboxes", "options": options(10)}),
        actions({"type": "checkboxes", "options": options(11)}),
        "/blocks/0/elements/0/options",
    ),
    (
        "radio buttons",
        actions({"type": "radio_buttons", "options": options(10)}),
        actions({"type": "radio_buttons", "options": options(11)}),
        "/blocks/0/elements/0/options",
    ),
    (
        "placeholder",
        actions(select(placeholder=plain("x" * 150))),
        actions(select(placeholder=plain("x" * 151))),
        "/blocks/0/elements/0/placeholder/text",
    ),
    (
        "date",
        actions({"type": "datepicker", "initial_date": "2026-12-18"}),
        actions({"type": "datepicker", "initial_date": "18.12.2026"}),
        "/blocks/0/elements/0/initial_date",
    ),
    (
        "date and time",
        actions({"type": "datetimepicker", "initial_date_time": 1800000000}),
        actions({"type": "datetimepicker", "initial_date_time": 180000000}),
        "/blocks/0/elements/0/initial_date_time",
    ),
    (
        "image alt",
        {"type": "image", "image_url": "https://x", "alt_text": "x" * 2000},
        {"type": "image", "image_url": "https://x", "alt_text": "x" * 2001},
        "/blocks/0/alt_text",
    ),
    (
        "image needs a picture",
        {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"},
        {"type": "image", "alt_text": "x"},
        "/blocks/0",
    ),
    (
        "input label",
        field("f", select(), label=plain("x" * 2000)),
        field("f", select(), label=plain("x" * 2001)),
        "/blocks/0/label/text",
    ),
    (
        "text input length",
        field("f", {"type": "plain_text_input", "max_length": 3000}),
        field("f", {"type": "plain_text_input", "max_length": 3001}),
        "/blocks/0/element/max_length",
    ),
    (
        "number input",
        field("f", {"type": "number_input", "is_decimal_allowed": True, "min_value": "1.5"}),
        field("f", {"type": "number_input", "is_decimal_allowed": True, "min_value": 1.5}),
        "/blocks/0/element/min_value",
    ),
    (
        "number input decimals",
        field("f", {"type": "number_input", "is_decimal_allowed": True}),
        field("f", {"type": "number_input"}),
        "/blocks/0/element",
    ),
    (
        "file input",
        field("f", {"type": "file_input", "max_files": 10}),
        field("f", {"type": "file_input", "max_files": 11}),
        "/blocks/0/element/max_files",
    ),
    (
        "markdown",
        {"type": "markdown", "text": "x" * 12_000},
        {"type": "markdown", "text": "x" * 12_001},
        "/blocks/0/text",
    ),
    (
        "table rows",
        {"type": "table", "rows": cells(100)},
        {"type": "table", "rows": cells(101)},
        "/blocks/0/rows",
    ),
    (
        "table cells",
        {"type": "table", "rows": cells(1, 20)},
        {"type": "table", "rows": cells(1, 21)},
        "/blocks/0/rows/0",
    ),
    (
        "table characters",
        {"type": "table", "rows": cells(2, 1, "x" * 5000)},
        {"type": "table", "rows": cells(2, 1, "x" * 5001)},
        "/blocks",
    ),
    (
        "data table caption",
        {"type": "data_table", "caption": "c", "rows": cells(2)},
        {"type": "data_table", "rows": cells(2)},
        "/blocks/0",
    ),
    (
        "data table width",
        {"type": "data_table", "caption": "c", "rows": cells(2, 2)},
        {"type": "data_table", "caption": "c", "rows": [*cells(1, 2), *cells(1, 3)]},
        "/blocks/0/rows",
    ),
    (
        "context_actions",
        {"type": "context_actions", "elements": [{"type": "icon_button"}] * 5},
        {"type": "context_actions", "elements": [{"type": "icon_button"}] * 6},
        "/blocks/0/elements",
    ),
    (
        "rich text indent",
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_list", "style": "bullet", "indent": 8, "elements": []}],
        },
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": []}],
        },
        "/blocks/0/elements/0/indent",
    ),
    (
        "video",
        {"type": "video", "title": plain("x" * 200), "alt_text": "a", "thumbnail_url": "t", "video_url": "v"},
        {"type": "video", "title": plain("x" * 201), "alt_text": "a", "thumbnail_url": "t", "video_url": "v"},
        "/blocks/0/title/text",
    ),
    (
        "alert",
        {"type": "alert", "text": plain("x"), "level": "info"},
        {"type": "alert", "text": plain("x"), "level": "x"},
        "/blocks/0/level",
    ),
    (
        "card title",
        {"type": "card", "title": plain("x" * 150)},
        {"type": "card", "title": plain("x" * 151)},
        "/blocks/0/title/text",
    ),
    (
        "carousel",
        {"type": "carousel", "elements": [{"type": "card"}] * 10},
        {"type": "carousel", "elements": [{"type": "card"}] * 11},
        "/blocks/0/elements",
    ),
    ("known types", {"type": "divider"}, {"type": "ruler"}, "/blocks/0/type"),
    ("a type at all", {"type": "divider"}, {}, "/blocks/0"),
    ("a section says something", section("x"), {"type": "section"}, "/blocks/0"),
]


@pytest.mark.parametrize(
    ("within", "beyond", "pointer"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS]
)
def test_each_limit_just_within_and_just_beyond(within: Any, beyond: Any, pointer: str):
    assert check_blocks([within], "message") == []
    complaints = check_blocks([beyond], "message")
    assert complaints
    assert all(line.endswith(f"[json-pointer:{pointer}]") for line in complaints), complaints


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_blocks_per_surface(surface: str, most: int):
    assert check_blocks([{"type": "divider"}] * most, surface) == []
    assert check_blocks([{"type": "divider"}] * (most + 1), surface) == [
        f"no more than {most} items allowed [json-pointer:/blocks]"
    ]


def test_ids_must_differ():
    twice = [section("x", block_id="b"), section("y", block_id="b")]
    assert check_blocks(twice, "message") == [
        '`block_id` "b" already exists for another block [json-pointer:/blocks/1/block_id]'
    ]
    same = [actions(button("a"), button("a"))]
    assert check_blocks(same, "message") == [
        '`action_id` "a" already exists for another element [json-pointer:/blocks/0/elements/1/action_id]'
    ]
    apart = [actions(button("a"), block_id="1"), actions(button("a"), block_id="2")]
    assert check_blocks(apart, "message") == []


def test_some_blocks_stand_on_some_surfaces_only():
    table = {"type": "table", "rows": cells(1)}
    assert check_blocks([table], "message") == []
    assert check_blocks([table], "modal") == ["unsupported type: table [json-pointer:/blocks/0/type]"]
    assert check_blocks([table, table], "message") == ["only one table allowed [json-pointer:/blocks]"]


def test_one_element_may_take_the_focus():
    first = {"type": "plain_text_input", "focus_on_load": True}
    assert check_blocks([field("a", first)], "modal") == []
    assert len(check_blocks([field("a", first), field("b", first)], "modal")) == 1


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(submit=plain("x" * 25)), "/view/submit/text"),
        (modal(close=plain("x" * 25)), "/view/close/text"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(external_id="x" * 256), "/view/external_id"),
        (modal(field("f", {"type": "plain_text_input"}), submit=None), "/view/submit"),
        (modal(section("x" * 3001)), "/view/blocks/0/text/text"),
        ({"type": "modal", "title": plain("x")}, "/view"),
        ({"type": "workflow"}, "/view/type"),
        ([], "/view"),
    ],
)
def test_modals(view: Any, pointer: str):
    assert check_view(modal(section("x")), "modal") == []
    assert [line.endswith(f"[json-pointer:{pointer}]") for line in check_view(view, "modal")] == [True]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "element", "fields", "accessory", "options", "rows", "confirm"]
            )
            | st.text(max_size=3),
            inner
            | st.sampled_from(
                ["section", "actions", "input", "button", "static_select", "table", "mrkdwn", "card"]
            ),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANYTHING, max_size=4))
def test_nothing_breaks_the_checks(blocks: list[Any]):
    for surface in ("message", "modal", "home"):
        assert all("[json-pointer:/blocks" in line for line in check_blocks(blocks, surface))


def test_completing_leaves_the_given_blocks_alone():
    given_blocks = [actions({"type": "button", "text": plain("x")}, block_id="")]
    made = complete(given_blocks, Ids(1))
    assert given_blocks[0]["elements"][0] == {"type": "button", "text": plain("x")}
    assert made[0]["block_id"]
    assert made[0]["elements"][0]["action_id"]
