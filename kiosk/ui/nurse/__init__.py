"""The nurse's screens, one a module. ``app`` decides what follows what; ``words`` is what they say in Chinese."""
