"""The order language is fast enough to stand before the broker's dry run. Outside tests/domain: not under coverage."""

import time

from senexbot.domain.language import parse
from tests.domain.builders import TODAY


def test_the_longest_strategy_is_read_fast():
    """Well under 2 ms of this thread's time; nothing is built anew."""
    text = "sell 2 SPY 18DEC26 575/580/625/630 iron condor @ 1.20 gtc tp 50% sl 2x exits gtc in 0001"
    parse(text, TODAY)
    start = time.thread_time()
    for _ in range(100):
        parse(text, TODAY)
    assert (time.thread_time() - start) / 100 < 0.002
