"""The desk's policy: rules and thresholds as values, what they say of one order, and how they are read and written."""
