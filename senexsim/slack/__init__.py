"""A Slack on loopback for one workspace and one app: Web API, Socket Mode, signed HTTP, people on request."""

from senexsim.slack.server import SlackSim

__all__ = ["SlackSim"]
