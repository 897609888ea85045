"""Print a table of the translation model's card from the JSON of ``kiosk eval --parallel``.

kiosk eval --parallel F … --model reference --model verified --model small-zh --model verified+small-zh --json > F
python scripts/translation_table.py F
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from understanding_table import NAMES

CHANNELS = ("verified", "small-zh", "verified+small-zh", "reference")


def main(path: str) -> None:
    engines = json.loads(Path(path).read_text(encoding="utf-8"))["engines"]
    shown = [name for name in CHANNELS if name in engines]
    for code in ("all", *engines[shown[0]]["languages"]):
        cells = [cell for channel in shown for cell in row(channel, engines[channel], code)]
        print(f"| {NAMES.get(code, code)} | {' | '.join(cells)} |")


def row(channel: str, figures: dict[str, Any], code: str) -> list[str]:
    scores = figures if code == "all" else figures["languages"][code]
    critical = f"{100 * scores['critical_error_rate']:.0f}"
    total = f"{100 * scores['total_error']:.1f}"
    parts = f"{100 * scores['missing']:.0f} + {100 * scores['wrong']:.0f} = {total}"
    if channel == "reference":
        return [total]
    return [critical, parts, *([f"{scores['chrf']:.0f} / {scores['bleu']:.0f}"] if channel == "small-zh" else [])]


if __name__ == "__main__":
    main(sys.argv[1])
