"""Frozen records to bytes and back, exactly: what the store keeps.

Unlike ``documents``, nothing is rounded: what is read is equal to what was written. Keys that a later version added
take their default; keys that it dropped are ignored; a value of the wrong type is an error.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from kiosk.errors import TamperError

Record = TypeVar("Record")

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def dump(record: object) -> bytes:
    """Return a record as canonical JSON: sorted keys, UTF-8, no spaces. Equal records give equal bytes."""
    return _canonical(_adapter(type(record)).dump_python(record, mode="json"))


def essence(record: object) -> bytes:
    """Return what a digest is made of: as :func:`dump`, but without what has its default.

    A later version that adds a field reads an old record with the field's default: its essence is still the same.
    """
    return _canonical(_adapter(type(record)).dump_python(record, mode="json", exclude_defaults=True))


def load(kind: type[Record], data: bytes) -> Record:
    """Return the record that :func:`dump` wrote.

    Raises:
        TamperError: the bytes are not such a record. The message names the type, never the content.
    """
    try:
        loaded: Record = _adapter(kind).validate_json(data)
    except ValidationError:
        raise TamperError(
            f"A stored {kind.__name__} cannot be read: it was written by a newer version, or altered.",
            remedy="Run kiosk store check.",
        ) from None
    return loaded


def plain(record: object) -> Any:
    """Return a record as dictionaries and lists."""
    return _adapter(type(record)).dump_python(record, mode="json")


def build(kind: type[Record], value: object) -> Record:
    """Return a record made of dictionaries and lists; raises ``ValueError`` when they do not fit."""
    built: Record = _adapter(kind).validate_json(json.dumps(value, ensure_ascii=False))
    return built


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _adapter(kind: Any) -> TypeAdapter[Any]:
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    return adapter
