"""Senexbot: a trading desk in Slack for tastytrade."""

__version__ = "0.1.0"
