"""What the tables of the file share."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,20}")
USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")


class Section(BaseModel):
    """A table of the file."""

    # No input in pydantic's own messages either: they end up in tracebacks.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


def split_url(url: str) -> Any:
    """Return the parts of an address; None where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if re.fullmatch(r"[!-~]+", url) else None
