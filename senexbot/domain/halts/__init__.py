"""Holding still and getting out: halts, what protects, plans to flatten."""
