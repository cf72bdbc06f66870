"""A Slack look-alike: Web API, Socket Mode, signed HTTP requests, and the people in it."""

from playground.slack.errors import Mistake
from playground.slack.faults import Delay, Drop, Garbage, Hold, Refuse, ServerError, Throttle, Unthread
from playground.slack.half import SlackHalf
from playground.slack.options import EVERY_EVENT, EVERY_SCOPE, SlackOptions
from playground.slack.rates import Rate, Rates
from playground.slack.webapi import Call

__all__ = [
    "EVERY_EVENT",
    "EVERY_SCOPE",
    "Call",
    "Delay",
    "Drop",
    "Garbage",
    "Hold",
    "Mistake",
    "Rate",
    "Rates",
    "Refuse",
    "ServerError",
    "SlackHalf",
    "SlackOptions",
    "Throttle",
    "Unthread",
]
