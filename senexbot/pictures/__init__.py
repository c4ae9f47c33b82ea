"""Pictures made of values: pure, on one processor, in tens of milliseconds; callers keep them off the loop."""
