"""Notes as other programs and people take them: FHIR documents, JSON, text, a printed page, a slip.

:func:`write` is the front of it. What is signed is exported as signed; everything else only as a draft that says so on
every page (``kiosk.export.content``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from kiosk.errors import InputError
from kiosk.export import content as contents
from kiosk.export.content import Content
from kiosk.review.records import Review, ReviewedNote

Form = Literal["fhir", "fhir-r4b", "json", "pdf", "slip", "text"]
"""``fhir`` is FHIR R5, ``pdf`` A4, ``slip`` a roll of 80 mm."""

FORMS: tuple[Form, ...] = get_args(Form)

SUFFIXES: Mapping[Form, str] = {
    "fhir": ".r5.fhir.json",
    "fhir-r4b": ".r4b.fhir.json",
    "json": ".json",
    "pdf": ".pdf",
    "slip": ".slip.pdf",
    "text": ".txt",
}


def write(reviewed: ReviewedNote | Review, form: str, *, base: str = "") -> bytes:
    """Return a note in one of the :data:`FORMS`; what is only under review is marked as a draft.

    Args:
        base: what the URIs of a FHIR document's own identifiers begin with ([export] base in the settings).

    Raises:
        InputError: there is no such form, or the note is in no store.
        ExportError: the note cannot be written in this form.
    """
    if form not in FORMS:
        raise InputError(f"There is no form {form!r}.", remedy=f"Choose one of {', '.join(FORMS)}.")
    content = contents.final(reviewed) if isinstance(reviewed, ReviewedNote) else contents.draft(reviewed)
    return render(content, form, base=base)


def render(content: Content, form: Form, *, base: str = "") -> bytes:
    """Return the content in one form."""
    match form:
        case "fhir" | "fhir-r4b":
            from kiosk.export import document

            return document.dump(content, "R5" if form == "fhir" else "R4B", base=base)
        case "pdf" | "slip":
            from kiosk.export import printed

            return printed.page(content) if form == "pdf" else printed.slip(content)
        case "json" | "text":
            from kiosk.export import plain

            return plain.document(content) if form == "json" else plain.text(content)


def file_name(content: Content, form: Form) -> str:
    """Return a file's name: the encounter and the version, never a word of the note."""
    mark = "" if content.signed is not None else "-draft"
    return f"{content.origin.encounter_id}-{content.version}{mark}{SUFFIXES[form]}"
