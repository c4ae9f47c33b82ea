"""mrkdwn, emoji and dates as the page draws them; hostile text stays text."""

import pytest

from tests.browser import Visitor

pytestmark = [pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]

DRAW = """async (text) => {
  const { mrkdwn } = await import('/page/js/mrkdwn.js');
  const { fillDirectory } = await import('/page/js/directory.js');
  fillDirectory([{id: 'U1', name: 'ana', display_name: 'Ana Trader'}], [{id: 'C1', name: 'trading'}]);
  const box = document.createElement('div');
  box.append(mrkdwn(text));
  return box.innerHTML;
}"""
LINK = 'target="_blank" rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("wire", "html"),
    [
        ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <del>no</del>"),
        ("*bold _both_*", "<strong>bold <em>both</em></strong>"),
        ("2*3*4 snake_case_word a ~ b", "2*3*4 snake_case_word a ~ b"),
        ("*not\nbold* ** * x*", "*not<br>bold* ** * x*"),
        ("`*raw* &lt;b&gt;`", '<code class="md-code">*raw* &lt;b&gt;</code>'),
        ("a\n&gt; q *b*\nc", 'a<blockquote class="md-quote">q <strong>b</strong></blockquote>c'),
        ("x```\n*a*  b\n```y", 'x<pre class="md-pre">*a*  b</pre>y'),
        ("<https://a.example/?x=1&amp;y=2|go>", f'<a class="md-link" href="https://a.example/?x=1&amp;y=2" {LINK}>go</a>'),
        ("see https://a.example/b.", f'see <a class="md-link" href="https://a.example/b" {LINK}>https://a.example/b</a>.'),
        ("<@U1> <@U9>", '<span class="mention" data-mention="U1">@Ana Trader</span> <span class="mention" data-mention="U9">@U9</span>'),
        ("<#C1|old>", '<a class="mention" href="#" data-channel-link="C1">#trading</a>'),
        ("<!here>", '<span class="mention mention-loud" data-broadcast="here">@here</span>'),
        (":tada:", '<span class="emoji" role="img" aria-label="tada" title=":tada:">🎉</span>'),
        (":no_such_emoji: 10:30:45", ":no_such_emoji: 10:30:45"),
        ("&amp;lt; &amp; &lt;", "&amp;lt; &amp; &lt;"),
    ],
)  # fmt: skip
async def test_mrkdwn_is_drawn_as_slack_draws_it(bare: Visitor, wire: str, html: str) -> None:
    assert await bare.page.evaluate(DRAW, wire) == html


@pytest.mark.parametrize(
    "wire",
    [
        "<img src=x onerror=alert(1)>",
        "<javascript:alert(1)|click me>",
        "<data:text/html,hi|x>",
        '"><script>alert(1)</script>',
        "<>< <| <a\nb>",
    ],
)
async def test_markup_and_foreign_schemes_stay_words(bare: Visitor, wire: str) -> None:
    """I77: text from anywhere never becomes markup or a live link."""
    html = await bare.page.evaluate(DRAW, wire)
    assert "<img" not in html
    assert "<script" not in html
    assert "href" not in html
    assert "alert" not in html or "&lt;" in html


async def test_escaped_mentions_mention_nobody(bare: Visitor) -> None:
    html = await bare.page.evaluate(DRAW, "&lt;!channel&gt; &lt;@U1&gt;")
    assert html == "&lt;!channel&gt; &lt;@U1&gt;"


async def test_ten_thousand_marks_are_drawn_quickly(bare: Visitor) -> None:
    timed = """async (text) => {
      const { mrkdwn } = await import('/page/js/mrkdwn.js');
      const start = performance.now();
      mrkdwn(text);
      return performance.now() - start;
    }"""
    for text in ("*a " * 3334, "*_~" * 3334, "<" * 10_000, "`" * 10_001, "```" * 3334):
        assert await bare.page.evaluate(timed, text) < 5000


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("{date_num} {time}", "2026-12-18 9:30 AM"),
        ("{date_short} at {time_secs}", "Dec 18, 2026 at 9:30:00 AM"),
        ("{date_long}", "Friday, December 18, 2026"),
        ("{date}", "December 18, 2026"),
        ("{unknown}", "{unknown}"),
    ],
)
async def test_date_tokens_are_in_the_viewers_zone(bare: Visitor, pattern: str, shown: str) -> None:
    epoch = 1797604200  # 18 December 2026, 14:30 UTC
    html = await bare.page.evaluate(DRAW, f"<!date^{epoch}^{pattern}|fallback>")
    assert f">{shown}</time>" in html


async def test_a_date_that_is_no_number_shows_its_fallback(bare: Visitor) -> None:
    assert ">soon</time>" in await bare.page.evaluate(DRAW, "<!date^x^{date}|soon>")


async def test_rich_text_and_plain_text_are_literal(bare: Visitor) -> None:
    html = await bare.page.evaluate(
        """async (element) => {
          const { richText } = await import('/page/js/richtext.js');
          const { textObject } = await import('/page/js/text.js');
          const box = document.createElement('div');
          box.append(...richText([element]), textObject({ type: 'plain_text', text: '*a* <!here> :tada:' }));
          return box.innerHTML;
        }""",
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "<b>*x*</b>", "style": {"bold": True}}],
        },
    )
    assert '<strong><span class="verbatim">&lt;b&gt;*x*&lt;/b&gt;</span></strong>' in html
    assert "*a* &lt;!here&gt; 🎉" in html
