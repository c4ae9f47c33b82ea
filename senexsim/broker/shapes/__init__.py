"""Shape tables of the broker's answers: endpoint -> key, type, optional; and the checker that applies them."""
