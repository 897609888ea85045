"""The screens in a browser: one process of the program a page, served by textual-serve."""
