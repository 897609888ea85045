"""Records to the JSON that the command line prints and that other programs read (keys: docs/json.md)."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

from kiosk.encounter import Intake


def intake(record: Intake) -> dict[str, Any]:
    """Return an intake as plain dictionaries and lists; every key is always there."""
    return {key: _plain(value) for key, value in dataclasses.asdict(record).items()}


def dump(document: Any) -> str:
    """Return a document as one line of JSON, in the scripts people read."""
    return json.dumps(document, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Seconds keep milliseconds; whole numbers lose their decimal point (3 days, not 3.0); times are ISO 8601."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) > 1 else round(value, 4)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value
