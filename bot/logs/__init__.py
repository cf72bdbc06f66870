"""Structured logs on standard error, with secrets hidden in the finished line."""

from bot.logs.lines import LEVELS, configure, hide, log_uncaught, redact, redact_known

__all__ = ["LEVELS", "configure", "hide", "log_uncaught", "redact", "redact_known"]
