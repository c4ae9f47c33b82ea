"""Senexbot: a trading desk in Slack for tastytrade."""
