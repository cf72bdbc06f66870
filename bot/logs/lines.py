"""Log lines: one line per event, JSON for machines, readable for people, without secrets in either."""

import json
import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from bot.logs.redaction import HIDDEN, Redactor

LEVELS = ("debug", "info", "warning", "error")
_QUIET = ("slack_sdk", "slack_bolt", "httpx", "httpcore", "aiohttp", "asyncio")
"""Libraries that tell every request at INFO; they speak up from WARNING, or at DEBUG when asked for it."""
_SILENT = ("apscheduler", "psycopg.pool")
"""The one would tell each tick several times over, and warn of each that is left out while a long one runs; the other
every try to reach a database that is away."""
_LONGEST_VALUE = 10_000
_redactor = Redactor()


def configure(level: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send every log record of the process to *stream* (standard error), from *level* up, without *secrets*."""
    stream = stream if stream is not None else sys.stderr
    for secret in secrets:
        hide(secret)
    machine = not stream.isatty()
    handler = _Handler(stream)
    handler.setFormatter(_Formatter(machine=machine, redactor=_redactor))
    root = logging.getLogger()
    for former in list(root.handlers):
        # A plain handler beside ours would print what ours hides.
        if isinstance(former, _Handler) or type(former) is logging.StreamHandler:
            root.removeHandler(former)
    root.addHandler(handler)
    number = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(number)
    for name, logger in logging.root.manager.loggerDict.items():
        # Bolt gives its loggers the root's level of that moment; from here on their libraries' level counts.
        if isinstance(logger, logging.Logger) and name.startswith(tuple(f"{library}." for library in _QUIET)):
            logger.setLevel(logging.NOTSET)
    for name in _QUIET:
        logging.getLogger(name).setLevel(number if number <= logging.DEBUG else max(number, logging.WARNING))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        # The loggers of modules are made before the level is known.
        cache_logger_on_first_use=False,
    )


def hide(secret: str) -> None:
    """Keep *secret* out of every line from now on; for tokens that were just obtained. Any thread may call it."""
    _redactor.learn(secret)


def redact_known(text: str) -> str:
    """Return *text* without the secrets that are known: for our own sentences, which patterns would garble."""
    return _redactor.redact_known(text)


def redact(text: str) -> str:
    """Return *text* without secrets, for what is printed past the log."""
    return _redactor.redact(text)


def log_uncaught() -> None:
    """Log exceptions that nobody caught, instead of letting Python print them with whatever they carry."""

    def of_program(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logging.getLogger("bot").critical("uncaught exception", exc_info=(kind, error, trace))

    def of_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "?"
        error = args.exc_value or args.exc_type()
        logging.getLogger("bot").critical("uncaught exception in thread %s", name, exc_info=error)

    sys.excepthook = of_program
    threading.excepthook = of_thread


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; a record that cannot be formatted becomes a line of its own, not a dump of its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        error = sys.exc_info()[1]
        if isinstance(error, RecursionError):
            raise error
        note = {
            "event": "a log record could not be written",
            "logger": record.name,
            "place": f"{record.filename}:{record.lineno}",
        }
        try:
            self.stream.write(json.dumps({**note, "level": "error", "error": type(error).__name__}) + "\n")
            self.flush()
        except (OSError, ValueError):
            # The stream itself is gone; there is nowhere left to say so.
            return


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record and hides secrets in the finished line, so that nothing on the way to it can be overlooked."""

    def __init__(self, *, machine: bool, redactor: Redactor) -> None:
        self._machine = machine
        self._redactor = redactor
        renderer: Processor = (
            structlog.processors.JSONRenderer()
            if machine
            else structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
        )
        super().__init__(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                self._shorten,
                *([] if machine else [self._make_harmless]),
                renderer,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        hidden = self._redactor.redact(line)
        if not self._machine:
            # Only a line of ours begins at the margin.
            return hidden.replace("\n", "\n    | ")
        if hidden is not line and not _is_json(hidden):
            # A secret that is itself a piece of JSON; the line goes rather than the secret stays.
            return json.dumps({"event": HIDDEN, "level": record.levelname.lower()})
        return hidden

    def _shorten(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        for key, value in event.items():
            if isinstance(value, str) and len(value) > _LONGEST_VALUE:
                # Hidden before it is cut: half a secret is not recognised any more.
                event[key] = self._redactor.redact(value)[:_LONGEST_VALUE] + "…"
        return event

    def _make_harmless(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """Write control characters as escapes: in a terminal they would forge lines, move the cursor or worse."""
        harmless: EventDict = {}
        for key, value in event.items():
            keep = "\n" if key in ("exception", "stack") else ""
            # Secrets go first: one that is escaped here and again by the renderer would not be recognised any more.
            text = self._redactor.redact(value if isinstance(value, str) else repr(value))
            harmless[_escaped(self._redactor.redact(str(key)), "")] = _escaped(text, keep)
        return harmless


def _shared() -> list[Processor]:
    """Return what happens to our events and to those of libraries alike."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _escaped(text: str, keep: str) -> str:
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
