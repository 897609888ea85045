"""What was heard, for the patient to confirm: the words themselves, or the three phrases that they may have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from kiosk.encounter import Alternative, Intake
from kiosk.interview.questions import Question
from kiosk.ui import messages
from kiosk.ui.display import Display
from kiosk.ui.screens import QuestionScreen
from kiosk.ui.widgets import Actions, Chooser, Foot, Heading, Option


class ChoosingScreen(QuestionScreen):
    """The best three, large; or none of them, or once more."""

    DEFAULT_CSS = """
    ChoosingScreen VerticalScroll { height: 1fr; }
    ChoosingScreen Chooser { grid-size: 1; }
    """

    def __init__(self, display: Display, question: Question, alternatives: Sequence[Alternative]) -> None:
        super().__init__(display, question)
        self.alternatives = tuple(alternatives)

    @property
    def prompt(self) -> str:
        """What a patient said is never a recording of ours."""
        return ""

    def aloud(self) -> str:
        """Say the three."""
        return ". ".join((self.display_in.prompts.which_one, *(each.text for each in self.alternatives)))

    def body(self) -> Iterator[Widget]:
        """Yield the three."""
        display = self.display_in
        options = [
            Option(
                each.phrase_id,
                each.text,
                each.zh if display.has_own_prompts else "",
                rtl=display.language.direction == "rtl",
            )
            for each in self.alternatives
        ]
        yield Heading.of(display, "which_one", mark=False)
        yield VerticalScroll(Chooser(options, bidi=display.bidi, rtl=display.rtl), can_focus=False)

    def foot(self) -> Foot:
        """Return once more, and none of these."""
        display = self.display_in
        return Foot(
            Actions(display, ("8", "speak_again"), ("9", "none_of_these"), primary="speak_again"),
            Actions(display, ("⌫", "back"), ("-", "skip"), ("*", "erase"), small=True),
        )

    @on(Chooser.Picked)
    def _picked(self, event: Chooser.Picked) -> None:
        self.app.post_message(messages.Reply(self.question.id, words=(event.option.text,), heard=True))


class HeardScreen(QuestionScreen):
    """The words that were understood: right, or once more, or the list."""

    DEFAULT_CSS = """
    HeardScreen VerticalScroll { height: 1fr; padding: 0 3; }
    HeardScreen .label { color: $accent; }
    HeardScreen .words { margin: 0 0 1 0; }
    HeardScreen .caution { color: $warning; }
    """

    def __init__(self, display: Display, question: Question, intake: Intake) -> None:
        super().__init__(display, question)
        self.intake = intake

    @property
    def prompt(self) -> str:
        """What a patient said is never a recording of ours."""
        return ""

    def aloud(self) -> str:
        """Say what was heard."""
        said = " ".join(utterance.text for utterance in self.intake.utterances)
        return f"{self.display_in.prompts.you_said}: {said}"

    def body(self) -> Iterator[Widget]:
        """Yield the words and their Chinese."""
        display, intake = self.display_in, self.intake
        lines = [Static(display.native(display.prompts.you_said), classes="label")]
        lines += [
            Static(display.native(utterance.text, style="bold"), classes="words") for utterance in intake.utterances
        ]
        if intake.language.code != "zh":
            for translation in intake.translations:
                lines.append(Static(display.plain(translation.zh, style="dim")))
                if translation.uncovered:
                    pieces = "，".join(span.text for span in translation.uncovered)
                    lines.append(Static(display.plain(f"未译：{pieces}"), classes="caution"))
        yield VerticalScroll(*lines, can_focus=False)
        yield Heading.of(display, "is_it_right", mark=False)

    def foot(self) -> Foot:
        """Return right, once more, and the list."""
        display = self.display_in
        return Foot(
            Actions(display, ("1", "right"), ("2", "wrong"), ("3", "touch_list"), primary="right"),
            Actions(display, ("⌫", "back"), ("-", "skip"), ("*", "erase"), small=True),
        )

    def act(self, key: str) -> None:
        """Take what was heard for the answer."""
        if key == "right":
            self.app.post_message(messages.Reply(self.question.id, heard=True))
        else:
            super().act(key)
