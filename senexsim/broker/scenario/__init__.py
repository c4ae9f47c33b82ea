"""Scenarios: a market day told in a file and played beat by beat."""
