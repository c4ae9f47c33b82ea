"""Options arithmetic: chains, profit and loss at expiration, probability, what an order changes of the greeks."""
