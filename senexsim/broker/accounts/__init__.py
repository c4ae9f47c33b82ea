"""Accounts of the simulated broker: customers, cash, positions, fees, margin and what REST says of them."""
