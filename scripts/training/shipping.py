"""A trained network to what the kiosk loads: CTranslate2 int8, its manifest entry, and its figures."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from kiosk import models
from kiosk.engines.convert import convert
from training.vocabulary import SOURCE, TARGET

FILES = ("model.bin", "config.json", "shared_vocabulary.json", SOURCE, TARGET)


def ship(folder: Path, out: Path) -> int:
    """Convert a transformers folder into ``out``, which is replaced; return the bytes of its files.

    Raises:
        ModelError: it cannot be converted.
    """
    part = out.with_name(out.name + ".new")
    shutil.rmtree(part, ignore_errors=True)
    convert(folder, part)
    for path in part.iterdir():
        if path.name not in FILES:
            path.unlink()
    shutil.rmtree(out, ignore_errors=True)
    part.replace(out)
    return sum(path.stat().st_size for path in out.iterdir())


def entry(name: str, folder: Path, languages: Sequence[str]) -> str:
    """Return the manifest's entry of a converted folder that lies beside the manifest."""
    files = [path for path in sorted(folder.iterdir()) if path.name in FILES]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    lines = [
        f"[{name}]",
        'kind = "mt"',
        'engine = "marian"',
        'source = "scripts/train_translation.py"',
        f'revision = "{name}-{digests[FILES[0]][:8]}"',
        'licence = "Apache-2.0"',
        "languages = [" + ", ".join(f'"{code}"' for code in languages) + "]",
        f'folder = "{folder.name}"',
        "supplement = true",
    ]
    for path in files:
        lines += ["", f"[[{name}.files]]", f'name = "{path.name}"']
        lines += [f"size = {path.stat().st_size}", f'sha256 = "{digests[path.name]}"']
    return "\n".join(lines) + "\n"


def entered(manifest: Path, name: str, text: str) -> None:
    """Write an entry into a manifest, in place of the one of the same name."""
    lines: list[str] = []
    own = False
    for line in manifest.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            own = line.strip("[]").split(".")[0] == name
        if not own:
            lines.append(line)
    manifest.write_text("\n".join(lines).rstrip() + "\n\n" + text, encoding="utf-8")
    models.registry()  # complains of what it cannot read
