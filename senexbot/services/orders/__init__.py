"""One order from its words to its end: preview, claim and send, moves, cancels, following, settling."""
