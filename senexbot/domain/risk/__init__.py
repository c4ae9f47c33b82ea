"""Risk alerts: what is watched of an account, the thresholds, and when one is raised and over. Pure."""
