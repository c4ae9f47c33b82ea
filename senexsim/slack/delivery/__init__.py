"""How the app is told: Socket Mode or signed HTTP, acknowledgements, retries."""
