"""Price alerts: set, valued, fired, routed, told, escalated, and tried on candles."""
