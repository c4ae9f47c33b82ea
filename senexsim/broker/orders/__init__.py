"""Orders of the simulated broker: reading, checking, working, filling and showing them."""
