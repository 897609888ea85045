"""Measure the norms of the phrasebook with the embedded model, for shipping: python scripts/norms.py ug [ky …]

Norms (what each phrase scores on unrelated audio) are measured on a machine when they are first needed, a minute or
two a question. Those in models/norms/ save a fresh machine that wait. Run again after a change of the phrasebook, of
spelling.toml, of the cohort or of the way of scoring; a test names what is out of date.
"""

from __future__ import annotations

import argparse
import json
import shutil

from kiosk import engines, phrases, resources, settings
from kiosk.phrases import cohort

INDEX = "index.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="+", metavar="CODE")
    parser.add_argument("--question", nargs="*", default=["complaint"], help="questions of the phrasebook")
    asked = parser.parse_args()
    chosen = settings.load()
    folder = resources.share("models") / "norms"
    folder.mkdir(exist_ok=True)
    path = folder / INDEX
    index: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    scorer = engines.scorer(chosen.phrases.model, chosen)
    scorer.load()
    for language in asked.languages:
        for question in asked.question:
            offered = phrases.candidates(language, question)
            name = cohort.key(scorer, offered, language=language, settings=chosen)
            for done, total in cohort.norms(scorer, offered, language=language, settings=chosen):
                print(f"\r{language} {question} {done}/{total}", end="", flush=True)
            print()
            kept = folder / f"{name}.npz"
            if not kept.is_file():
                shutil.copy(resources.cache() / "norms" / kept.name, kept)
            before = index.get(f"{language}/{question}")
            if before not in (None, name):
                (folder / f"{before}.npz").unlink(missing_ok=True)
            index[f"{language}/{question}"] = name
            path.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
