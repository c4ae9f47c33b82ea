"""The market's REST: instruments, chains, prices, metrics, sessions, lists and controls. It owns no prices."""
