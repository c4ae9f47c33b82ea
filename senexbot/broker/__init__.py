"""The tastytrade adapter: the only place that knows the broker's SDK, its REST API and its streams."""
