"""Byte-exact: the same note is the same document, today and in the next version of the program.

After a change that is meant, look at what came out, then write the files anew:
KIOSK_GOLDEN=write pytest tests/export/test_golden.py
"""

from __future__ import annotations

import os

import pytest

from kiosk import export
from tests.export.conftest import CORRECTIONS, GOLDEN, draft, signed

CASES = [
    *(("ug", "signed", form) for form in export.FORMS),
    *(("bo", "draft", form) for form in export.FORMS),
    *((code, "signed", form) for code in ("kk", "ur", "mn", "zh", "ru") for form in ("pdf", "text")),
]


@pytest.mark.parametrize(("code", "state", "form"), CASES)
def test_golden(code: str, state: str, form: export.Form) -> None:
    made = export.write(signed(code, CORRECTIONS) if state == "signed" else draft(code), form)
    path = GOLDEN / f"{code}_{state}{export.SUFFIXES[form]}"
    if os.environ.get("KIOSK_GOLDEN") == "write":
        path.write_bytes(made)
        pytest.fail(f"{path.name} was written: look at it, then run the tests without KIOSK_GOLDEN")
    assert made == path.read_bytes(), f"{path.name} has changed"
