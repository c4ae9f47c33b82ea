"""The backtester on the simulator's own price history: what was asked for, the run, its routes."""
