"""Text as an attacker, a careless broker or a phone's keyboard would send it."""

from hypothesis import settings
from hypothesis import strategies as st

LAW = settings(deadline=None, max_examples=50)  # no deadline: the machine may be busy with other tests

HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U12345>",
    "<#C12345>",
    "<https://evil.test|AAPL>",
    "http://evil.test",
    "<!date^1^{time}|now>",
    "&lt;!channel&gt;",
    "&amp;",
    "& < >",
    "*bold*",
    "_lean_",
    "~gone~",
    "`code`",
    "```pre```",
    "> quote",
    "&gt; quote",
    ":rotating_light:",
    ":::a:::",
    "line\nbreak\r\n\u2028",
    "\u202eright to left\u202c",
    "\u200bzero\ufeffwidth\u2060",
    "\x00\x1b[31m",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "\ud83d",
    "𝔸𝕒😀",
    "１２３",
    "{} %s {0} $HOME",
    "",
    " ",
    "x" * 5000,
    "&" * 3000,
    "😀" * 2000,
    '"' * 500,
)


def hostile_text() -> st.SearchStrategy[str]:
    """Mostly the dangerous pieces, alone and put together in any way; sometimes any text at all."""
    pieces = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20), min_size=1, max_size=4).map("".join)
    return st.one_of(st.sampled_from(HOSTILE[:18]), st.sampled_from(HOSTILE), pieces, st.text(max_size=300))
