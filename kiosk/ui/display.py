"""How one patient's language is put on the screen: its sentences, its direction, and Chinese small beside it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import languages, prompts
from kiosk.languages import Language
from kiosk.prompts import Prompts
from kiosk.ui.scripts import Bidi, Script


@dataclass(frozen=True, slots=True)
class Display:
    """Typesets for one language.

    Attributes:
        language: the patient's.
        prompts: its sentences (Chinese where nobody has written them yet).
        zh: the Chinese sentences.
        bidi: who puts right-to-left text in order.
    """

    language: Language
    prompts: Prompts
    zh: Prompts
    bidi: Bidi

    @classmethod
    def of(cls, code: str, bidi: Bidi) -> Display:
        """Return the display for a language code. Raises LanguageError or SettingsError."""
        return cls(languages.get(code), prompts.load(code), prompts.load("zh"), bidi)

    @property
    def rtl(self) -> bool:
        """Whether the screen is read from the right."""
        return self.language.direction == "rtl" and self.prompts.language == self.language.code

    @property
    def has_own_prompts(self) -> bool:
        """Whether Chinese beside the sentences tells the nurse something new."""
        return self.prompts.language != self.zh.language

    def native(self, text: str, style: str = "") -> Script:
        """Typeset the patient's words, or a sentence for the patient; lines are aligned as they are read."""
        return Script(text, self.bidi, rtl=self.rtl or None, style=style)

    def plain(self, text: str, style: str = "") -> Script:
        """Typeset text for the nurse, from the left."""
        return Script(text, self.bidi, rtl=False, style=style)
