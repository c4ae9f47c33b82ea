"""Timings of senexbot beside what it would otherwise be built on. Ratios count; absolutes belong to a machine."""
