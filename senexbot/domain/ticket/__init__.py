"""The ticket: an order as a form, and which field a no is about."""
