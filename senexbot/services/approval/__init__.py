"""Asking others and being asked: approvals, mandates, deputies, and sending what was approved."""
