"""Which screen a question of the interview gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk import phrasebook
from kiosk.interview.questions import Question
from kiosk.phrasebook import Phrase
from kiosk.readback import Item
from kiosk.ui.age import AgeScreen
from kiosk.ui.ask import AskScreen
from kiosk.ui.body import BodyScreen
from kiosk.ui.choice import ChoiceScreen, YesNoScreen
from kiosk.ui.consent import ConsentScreen
from kiosk.ui.display import Display
from kiosk.ui.readback import ReadBackScreen
from kiosk.ui.scale import ScaleScreen
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.tapping import TapScreen

_FEW = 9
"""So many phrases fit on one screen: they are shown at once, with the voice beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a question is asked now.

    Attributes:
        speakable: this answer can be spoken: the patient agreed, and some engine understands.
        speaks: the kiosk can read the question aloud.
        items: the facts to read back.
    """

    display: Display
    question: Question
    speakable: bool = False
    speaks: bool = False
    items: Sequence[Item] = ()

    def screen(self) -> QuestionScreen:
        """Return the question's first screen."""
        phrases = phrases_of(self.question, self.display.language.code)
        if self.question.kind == "phrases" and self.speakable and len(phrases) > _FEW:
            return AskScreen(self.display, self.question, speaks=self.speaks, body=self._has_body())
        return self.touched()

    def touched(self, hint: str = "") -> QuestionScreen:
        """Return the screen on which the question is answered by touch."""
        common = (self.display, self.question)
        match self.question.kind:
            case "consent":
                return ConsentScreen(*common, speaks=self.speaks)
            case "choice":
                return ChoiceScreen(*common, speakable=self.speakable, speaks=self.speaks, hint=hint)
            case "number":
                return AgeScreen(*common, speakable=self.speakable, speaks=self.speaks, hint=hint)
            case "body_map":
                return BodyScreen(*common, speakable=self.speakable, speaks=self.speaks, hint=hint)
            case "scale":
                return ScaleScreen(*common, speakable=self.speakable, speaks=self.speaks, hint=hint)
            case "yes_no":
                return YesNoScreen(*common, speakable=self.speakable, speaks=self.speaks, hint=hint)
            case "readback":
                return ReadBackScreen(*common, self.items, speaks=self.speaks)
            case _:
                return self.list(hint)

    def list(self, hint: str = "") -> TapScreen:
        """Return the list of phrases."""
        return TapScreen(
            self.display,
            self.question,
            phrases_of(self.question, self.display.language.code),
            speakable=self.speakable,
            speaks=self.speaks,
            hint=hint,
            body=self._has_body(),
        )

    def body(self) -> BodyScreen:
        """Return the body to touch, for a question that is answered by where it hurts."""
        return BodyScreen(self.display, self.question, speakable=self.speakable, speaks=self.speaks)

    def _has_body(self) -> bool:
        return self.question.about in ("complaint", "site")


def phrases_of(question: Question, language: str) -> tuple[Phrase, ...]:
    """Return the phrases of a question in the order in which they are shown.

    Raises:
        SettingsError: a table of the phrasebook is wrong.
    """
    if question.phrases:
        by_id = {phrase.phrase_id: phrase for phrase in phrasebook.load(language)}
        return tuple(by_id[name] for name in question.phrases if name in by_id)
    offered = [phrase for name in question.set for phrase in phrasebook.load(language, name)]
    by_id = {phrase.phrase_id: phrase for phrase in offered}
    first = [by_id[name] for name in question.first if name in by_id]
    return (*first, *(phrase for phrase in offered if phrase not in first))
