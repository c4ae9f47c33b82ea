"""Tests of the tastytrade adapter, through real sockets."""
