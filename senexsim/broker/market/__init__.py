"""The market half of the broker simulator: prices, chains, DXLink and the REST about them; no accounts."""

from senexsim.broker.market.exchange import Market
from senexsim.broker.market.model import Instrument, OptionTerms, Quote, TickSize
from senexsim.broker.market.ports import Fault, Faults
from senexsim.broker.market.routing import routes

__all__ = ["Fault", "Faults", "Instrument", "Market", "OptionTerms", "Quote", "TickSize", "routes"]
