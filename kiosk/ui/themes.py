"""What the screens can look like. Text on its ground has a contrast of 7:1 and more (WCAG 2.2, AAA)."""

from __future__ import annotations

from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="kiosk-high-contrast",
    primary="#3b82f6",
    secondary="#93c5fd",
    accent="#facc15",
    success="#22c55e",
    warning="#fb923c",
    error="#ff5d5d",
    foreground="#ffffff",
    background="#000000",
    surface="#0b0f19",
    panel="#172033",
    dark=True,
)

LIGHT = Theme(
    name="kiosk-light",
    primary="#1d4ed8",
    secondary="#1e3a8a",
    accent="#7c2d12",
    success="#14532d",
    warning="#7c2d12",
    error="#991b1b",
    foreground="#000000",
    background="#ffffff",
    surface="#f8fafc",
    panel="#e2e8f0",
    dark=False,
)

THEMES = {"high-contrast": HIGH_CONTRAST, "light": LIGHT, "large": HIGH_CONTRAST}
"""By the setting ``ui.theme``; ``large`` gives each line more room besides."""
