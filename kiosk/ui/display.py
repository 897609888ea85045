"""How one patient's language is put on the screen: its sentences, its direction, and Chinese small beside it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import languages, phrasebook, prompts
from kiosk.interview.questions import Question
from kiosk.languages import Language
from kiosk.phrasebook import Phrase
from kiosk.prompts import Prompts
from kiosk.ui.scripts import Bidi, Script

DRAFT = "(待审)"
"""For the nurse: no native speaker has signed this wording."""


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

    def say(self, key: str) -> tuple[str, str]:
        """Return a sentence of the screens, and its Chinese where that says something new."""
        return getattr(self.prompts, key), getattr(self.zh, key) if self.has_own_prompts else ""

    def ask(self, question: Question) -> tuple[str, str]:
        """Return the sentence of a question, and its Chinese. A yes/no question is the phrase that is asked about."""
        if question.id in self.prompts.questions:
            zh = self.zh.questions[question.id] if self.has_own_prompts else ""
            return self.prompts.questions[question.id], zh
        return self.say("is_it_so")

    def phrase(self, phrase_id: str) -> Phrase | None:
        """Return a phrase of the phrasebook in this language."""
        return next((each for each in phrasebook.load(self.language.code) if each.phrase_id == phrase_id), None)

    def option(self, name: str) -> tuple[str, str]:
        """Return something to choose, by its name in ``config/interview.toml``, and its Chinese."""
        if name in self.prompts.options:
            return self.prompts.options[name], self.zh.options[name] if self.has_own_prompts else ""
        phrase = self.phrase(name)
        if phrase is None:
            return name, ""
        return phrase.text, phrase.zh if self.has_own_prompts else ""
