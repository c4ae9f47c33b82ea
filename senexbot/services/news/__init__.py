"""The one way out for news: stored with its fact, rendered at the last moment, posted, recorded."""
