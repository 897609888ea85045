"""Scripts to the one that a lexicon is written in, keeping the place of every letter in the original."""
