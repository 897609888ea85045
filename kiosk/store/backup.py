"""Encrypted copies of a whole store in one file, and back: from SQLCipher or PostgreSQL, to either.

A backup is opened with its own passphrase, on any machine: it brings the master key with it. It holds every row as the
store has it, so words and audio are sealed twice.

    header   one line of JSON: format, schema, scrypt salt
    frames   u32 length, sealed: a piece of the zlib stream of JSON lines, bound to the header, its number, and
             whether it is the last: a backup that was cut off, or put together from two, does not open
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, insert, select, text

from kiosk import keys, vault
from kiosk.errors import InputError, KioskError, StorageError, TamperError, VaultKeyError
from kiosk.keys import KeyPlace
from kiosk.store import erasure, migrations, premises, schema
from kiosk.store.nurse_end import Store
from kiosk.store.premises import Premises

FORMAT = "kiosk-backup"
FRAME_BYTES = 1 << 20
_LENGTH = struct.Struct("<I")
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How many encounters, and how many rows in all."""

    encounters: int
    rows: int


def backup(store: Store, path: Path, passphrase: str) -> Copied:
    """Write a backup of the store as it is at this moment; kiosks may go on writing.

    Raises:
        InputError: there is a file of that name.
        StorageError: the file cannot be written, or the disk is full; then there is no file.
    """
    if path.exists():
        raise InputError(f"{path} exists already.", remedy="Name another file.")
    fresh = path.with_name(f"{path.name}.partial")
    copied = {"rows": 0, "encounters": 0}
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            salt = secrets.token_bytes(16)
            header = {"format": FORMAT, "version": 1, "schema": migrations.HEAD, "salt": salt.hex()}
            line = json.dumps(header).encode() + b"\n"
            file.write(line)
            key = vault.derive(keys.stretched(passphrase, salt), "backup")
            with store.database.read() as connection:
                _write_frames(file, key, line, _packed(_lines(store, connection, copied)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        keys.sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageError(
            f"The backup {path} cannot be written: {error.strerror}.",
            remedy=f"df -h {path.parent}; ls -ld {path.parent}",
        ) from None
    with store.database.write() as connection:
        store.log.append(connection, "system", "backup", rows=copied["rows"])
    store.log.keep_anchor()
    return Copied(encounters=copied["encounters"], rows=copied["rows"])


def restore(
    site: Premises, path: Path, passphrase: str, *, place: KeyPlace | None = None, replace: bool = False
) -> Copied:
    """Make the site's store from a backup. The whole backup is read and verified before anything is changed.

    What was erased at this site since the backup was made stays erased, if the present store can still be read.

    Args:
        place: where the master key goes.
        replace: a present SQLCipher store is put aside (``store.before-…``), not deleted.

    Raises:
        InputError: there is a store, and ``replace`` was not given.
        VaultKeyError: the passphrase is wrong.
        TamperError: the backup is damaged or cut off.
    """
    for _ in _read(path, passphrase):
        pass
    place = place or site.key_place()
    erased, aside = _put_aside(site, place, replace=replace)
    try:
        copied = _restore(site, place, _read(path, passphrase))
    except BaseException:
        if aside is not None:
            shutil.rmtree(site.folder, ignore_errors=True)
            aside.rename(site.folder)
        raise
    store = Store(site, premises.unlock(site, place))  # brings an older schema up to date
    try:
        with store.database.write() as connection:
            store.log.append(connection, "system", "restored", rows=copied.rows)
        store.log.keep_anchor()
        for encounter_id in erased:
            erasure.erase_again(store, encounter_id)
    finally:
        store.close()
    return copied


def _restore(site: Premises, place: KeyPlace, lines: Iterator[bytes]) -> Copied:
    first = json.loads(next(lines))
    master = bytes.fromhex(first["master"])
    present = place.load()
    if present is None:
        place.save([master])
    elif master not in present:
        raise InputError(
            "The master key of another store is in the place where the backup's has to go.",
            remedy=f"Move it away: {site.master}",
        )
    database = site.database([keys.page_key(master)])
    copied = {"rows": 0, "encounters": 0}
    try:
        with database.write() as connection:
            if migrations.revision_of(connection) is not None:
                raise InputError(f"The database {database.where} is not empty.", remedy="Restore into an empty one.")
            migrations.upgrade(connection, first["schema"])
            _insert(connection, lines, copied)
    finally:
        database.close()
    return Copied(encounters=copied["encounters"], rows=copied["rows"])


def _lines(store: Store, connection: Connection, copied: dict[str, int]) -> Iterator[bytes]:
    yield json.dumps({"master": store.master.hex(), "schema": migrations.HEAD}).encode()
    reflected = MetaData()
    reflected.reflect(connection, only=list(schema.metadata.tables))
    for table in reflected.sorted_tables:
        query = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
        for row in query.mappings():
            copied["rows"] += 1
            copied["encounters"] += table.name == "encounter"
            plain = {name: _plain(value) for name, value in row.items()}
            yield json.dumps({"table": table.name, "row": plain}).encode()


def _insert(connection: Connection, lines: Iterable[bytes], copied: dict[str, int]) -> None:
    reflected = MetaData()
    reflected.reflect(connection)
    for line in lines:
        item = json.loads(line)
        row = {name: _value(value) for name, value in item["row"].items()}
        connection.execute(insert(reflected.tables[item["table"]]), [row])
        copied["rows"] += 1
        copied["encounters"] += item["table"] == "encounter"
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('queue', 'seq'), (SELECT coalesce(max(seq), 1) FROM queue))")
        )


def _plain(value: Any) -> Any:
    return {"b": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _value(value: Any) -> Any:
    return base64.b64decode(value["b"]) if isinstance(value, dict) else value


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1)
    buffer = bytearray()
    for line in lines:
        buffer += packer.compress(line + b"\n")
        while len(buffer) >= FRAME_BYTES:
            yield bytes(buffer[:FRAME_BYTES])
            del buffer[:FRAME_BYTES]
    buffer += packer.flush()
    yield bytes(buffer)


def _write_frames(file: IO[bytes], key: bytes, header: bytes, pieces: Iterable[bytes]) -> None:
    number, held = 0, None
    for piece in pieces:
        if held is not None:
            _write_frame(file, vault.seal(key, held, bound=_bound(header, number, last=False)))
            number += 1
        held = piece
    _write_frame(file, vault.seal(key, held or b"", bound=_bound(header, number, last=True)))


def _write_frame(file: IO[bytes], sealed: bytes) -> None:
    file.write(_LENGTH.pack(len(sealed)) + sealed)


def _bound(header: bytes, number: int, *, last: bool) -> str:
    return f"backup/{hashlib.sha256(header).hexdigest()}/{number}/{'last' if last else 'more'}"


def _read(path: Path, passphrase: str) -> Iterator[bytes]:
    """Yield the lines of a backup, each verified."""
    try:
        with path.open("rb") as file:
            header = file.readline(4096)
            try:
                meta = json.loads(header)
                if meta["format"] != FORMAT or meta["version"] != 1:
                    raise ValueError
                salt = bytes.fromhex(meta["salt"])
            except (ValueError, KeyError, TypeError):
                raise InputError(f"{path} is not a backup of this program.") from None
            key = vault.derive(keys.stretched(passphrase, salt), "backup")
            yield from _unpacked(_frames(file, key, header, path), path)
    except OSError as error:
        raise StorageError(f"The backup {path} cannot be read: {error.strerror}.") from None


def _frames(file: BufferedReader, key: bytes, header: bytes, path: Path) -> Iterator[bytes]:
    number = 0
    while True:
        head = file.read(_LENGTH.size)
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
        sealed = file.read(length) if length <= 2 * FRAME_BYTES else b""
        at_end = not file.peek(1)
        try:
            yield vault.unseal(key, sealed, bound=_bound(header, number, last=at_end))
        except TamperError:
            if number == 0:
                raise VaultKeyError(
                    f"The passphrase does not open {path}, or the file is damaged.", remedy="Try again."
                ) from None
            raise TamperError(f"The backup {path} is damaged or cut off.", remedy="Use another one.") from None
        if at_end:
            return
        number += 1


def _unpacked(pieces: Iterable[bytes], path: Path) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), b""
    for piece in pieces:
        *lines, rest = (rest + unpacker.decompress(piece)).split(b"\n")
        yield from lines
    if rest or not unpacker.eof:
        raise TamperError(f"The backup {path} is cut off.", remedy="Use another one.")


def _put_aside(site: Premises, place: KeyPlace, *, replace: bool) -> tuple[list[str], Path | None]:
    """Make room; return the ids of what was erased at this site, and where the present store is now."""
    if not site.is_file or not site.file.exists():
        return [], None
    if not replace:
        raise InputError(f"There is a store in {site.folder}.", remedy="kiosk store restore --replace puts it aside.")
    erased: list[str] = []
    try:
        store = Store(site, premises.unlock(site, place))
        with store.database.read() as connection:
            stone = schema.tombstone.c
            erased = list(connection.execute(select(stone.encounter_id).where(stone.scope == "all")).scalars())
        store.close()
    except KioskError:
        pass  # it cannot be read: that is why it is being replaced
    aside = site.folder.with_name(f"{site.folder.name}.before-{site.clock.now():%Y%m%dT%H%M%SZ}")
    site.folder.rename(aside)
    return erased, aside
