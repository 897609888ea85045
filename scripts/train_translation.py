"""Train the kiosk's own translation model, or tune it on a hospital's signed notes: docs/translation-model.md.

scripts/train_translation.py --work FOLDER                      everything: sentences, vocabulary, training, model
scripts/train_translation.py --work FOLDER --resume             go on from the last checkpoint
scripts/train_translation.py --work FOLDER --tune NOTES.jsonl   before and after on the hospital's own sentences
"""

from __future__ import annotations

import sys

from training.command import main

if __name__ == "__main__":
    sys.exit(main())
