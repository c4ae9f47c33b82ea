"""One order's life: its terms, states, checks and words, what the broker reports, moves, walks, settling."""
