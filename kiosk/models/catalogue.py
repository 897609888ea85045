"""Models that a site may bring (``models/catalogue.toml``), what kind of site wants which, what licences allow."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from rapidfuzz import process

from kiosk import resources
from kiosk.errors import InputError, ModelError, SettingsError
from kiosk.toml_files import Section

CHAT = "chat"
"""The engine of a model that a server runs, not this program."""

_NON_COMMERCIAL = re.compile(r"(^|[^A-Za-z])NC([^A-Za-z]|$)|non-?commercial|research", re.IGNORECASE)


class Offer(Section):
    """One entry of the catalogue; the file's head comment says what each key means."""

    name: str
    kind: Literal["asr", "mt"]
    engine: str
    licence: str
    languages: tuple[str, ...]
    size_mb: Annotated[int, Field(ge=0)]
    modelscope: str = ""
    huggingface: str = ""
    revision: str = ""
    files: tuple[str, ...] = ()
    convert: bool = False
    note: str = ""


def catalogue(path: Path | None = None) -> Mapping[str, Offer]:
    """Return what can be pulled, by name.

    Raises:
        SettingsError: the file is wrong.
    """
    return _catalogue(path)[0]


def profiles(path: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the lists of models by kind of site."""
    return _catalogue(path)[1]


@cache
def _catalogue(path: Path | None) -> tuple[dict[str, Offer], dict[str, tuple[str, ...]]]:
    path = path or resources.share("models") / "catalogue.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        named = {name: tuple(list_) for name, list_ in table.pop("profiles", {}).items()}
        return {name: Offer.model_validate({"name": name, **row}) for name, row in table.items()}, named
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def offer(name: str) -> Offer:
    """Return one entry of the catalogue.

    Raises:
        ModelError: it has no such entry.
    """
    found = catalogue()
    if name in found:
        return found[name]
    near = process.extractOne(name, [*found], score_cutoff=60)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ModelError(
        f"The catalogue has no model {name!r}.",
        remedy=f"{hint}It has: {', '.join(found)}. Any other folder: kiosk models add FOLDER",
    )


def forbids_commerce(licence: str) -> bool:
    """Whether a licence forbids commercial use, by its SPDX identifier or its words."""
    return _NON_COMMERCIAL.search(licence) is not None


def consented(licence: str, accepted: str) -> None:
    """Check that a person has accepted a licence that forbids commercial use, by its name.

    Raises:
        InputError: it was not accepted.
    """
    if forbids_commerce(licence) and accepted.casefold() != licence.casefold():
        raise InputError(
            f"The licence {licence} forbids commercial use: a hospital that charges may not use the model.",
            remedy=f"If you may, say so: --accept-licence {licence}",
        )
