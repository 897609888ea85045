"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# The first example pays for compiling a language's tables: a deadline would measure the machine, not the code.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
