"""Offline speech-translation intake: a patient speaks, a nurse reads a structured Chinese note."""

__version__ = "0.1.0"
