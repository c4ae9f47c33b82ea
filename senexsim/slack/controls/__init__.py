"""The `/_sim` controls: for tests and for the page, from loopback only."""
