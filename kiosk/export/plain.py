"""A note as text for people, and as JSON for programs (keys: docs/export.md)."""

from __future__ import annotations

import json
from dataclasses import asdict

from kiosk import codec
from kiosk.export.content import DRAFT, Content
from kiosk.note import DRAFT_MARK

RULE = "-" * 40


def text(content: Content) -> bytes:
    """Return the note as it was signed, with who signed and its digest below; a draft says so first and last."""
    foot = [f"就诊编号：{content.origin.encounter_id}", f"版本：{content.version}"]
    lines = [content.note.text]
    if content.signed is None:
        lines = [DRAFT_MARK, *content.note.text.removeprefix(DRAFT_MARK).lstrip("\n").split("\n")]
        foot.append(DRAFT)
    else:
        foot.append(f"SHA-256：{content.signed.digest}")
    return ("\n".join([*lines, RULE, *foot]) + "\n").encode()


def document(content: Content) -> bytes:
    """Return everything as JSON: the note, what it was made from, who signed; ``draft`` says that nobody has."""
    signed = content.signed
    whole = {
        "format": "kiosk-export/1",
        "draft": signed is None,
        "encounter_id": content.origin.encounter_id,
        "received_at": content.origin.received_at.isoformat(),
        "kiosk": content.origin.kiosk,
        "revision": content.revision,
        "version": content.version,
        "written_at": content.written_at.isoformat(),
        "signature": None
        if signed is None
        else {
            "account": signed.signer,
            "name": signed.signer_name,
            "at": signed.signed_at.isoformat(),
            "sha256": signed.digest,
        },
        "note": codec.plain(content.note),
        "vitals": [
            {"name": each.field, "value": each.value, "at": each.at.isoformat(), "by": asdict(each.by)}
            for each in content.vitals
        ],
        "standing": {
            fact.path: fact.standing
            for facts in (content.findings, content.allergies, content.medications, content.history)
            for fact in facts
        },
        "intake": codec.plain(content.intake),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"
