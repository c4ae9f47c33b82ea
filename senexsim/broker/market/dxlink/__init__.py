"""The DXLink websocket server: market events in the protocol dxFeed's clients speak. No prices are made here."""

from senexsim.broker.market.dxlink.server import DXLinkServer

__all__ = ["DXLinkServer"]
