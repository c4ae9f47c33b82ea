"""Holding still and getting out: halts, cancels of many, plans to flatten, the daily loss."""
