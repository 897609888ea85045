"""Keeping the lexicon right: what is wrong with a table, what a wrong letter does, drafts out to be signed and back."""
