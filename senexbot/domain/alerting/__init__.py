"""Standing alerts: what may be watched, the language that says it, and when it fires. Pure."""
