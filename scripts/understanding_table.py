"""Print README's table of languages: how much of typed sentences is understood, beside the rows of each lexicon.

    python scripts/understanding_table.py

The first figures are of ``tests/held_apart/*.jsonl``, the second of the sealed ``tests/held_apart/orchard/*.jsonl``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kiosk import evaluation, lexicon, resources

TESTS = Path(__file__).parent.parent / "tests" / "held_apart"
NAMES = {
    "ug": "Uyghur",
    "kk": "Kazakh",
    "ky": "Kyrgyz",
    "bo": "Tibetan",
    "mn": "Mongolian",
    "uz": "Uzbek",
    "tg": "Tajik",
    "ru": "Russian",
    "ur": "Urdu",
    "tr": "Turkish",
    "en": "English",
    "zh": "Chinese",
}
WRITTEN = {"ru": "any words", "tr": "any words¹", "en": "any words", "zh": "any words"}


def main() -> None:
    plain, strangers = figures(TESTS), figures(TESTS / "orchard")
    rest = " wrong | red flags | false alarms |"
    print(f"| language | speech | forms | plain: facts |{rest} strangers: facts |{rest}")
    print("| --- | --- | --- |" + " --- |" * 8)
    total = 0
    for code, name in NAMES.items():
        forms = sum(
            1 for _ in lexicon.read_table(resources.share("config") / "lexicon" / f"{code}.tsv", lexicon.HEADER)
        )
        total += forms
        first = f"| {name} `{code}` | {WRITTEN.get(code, 'phrases')} | {forms:,} |"
        print(f"{first}{row(plain['languages'][code])}{row(strangers['languages'][code])}")
    print(f"| **all** | | {total:,} |{row(plain['overall'], bold=True)}{row(strangers['overall'], bold=True)}")


def figures(folder: Path) -> dict[str, Any]:
    samples = [sample for path in sorted(folder.glob("*.jsonl")) for sample in evaluation.load(path)]
    return evaluation.figures(evaluation.evaluate(samples))


def row(scores: dict[str, Any], *, bold: bool = False) -> str:
    keys = ("score", "wrong_rate", "red_flag_recall", "false_alarm_rate")
    mark = "**" if bold else ""
    return "".join(f" {mark}{scores[key]:.0%}{mark} |" for key in keys)


if __name__ == "__main__":
    main()
