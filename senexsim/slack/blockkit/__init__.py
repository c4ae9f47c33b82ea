"""Slack's checks of blocks and surfaces. Pure: values in, complaints out."""
