"""Simulators that speak the wire of tastytrade and of Slack; they know nothing of senexbot."""
