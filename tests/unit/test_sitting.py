"""Several answers, several recordings: one intake. What is taken back is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kiosk import audio, phrasebook, readback, sitting
from kiosk.answers import Answer, Confirmation, Interview
from kiosk.audio import Recording
from kiosk.capture import journal
from kiosk.encounter import AudioInfo, Caution, Intake, LanguageChoice, Note, Timing, Utterance
from kiosk.errors import StorageError
from kiosk.intakes import FolderOutbox
from kiosk.recognition import Samples
from kiosk.sitting import Sitting
from kiosk.station.answering import Answering
from kiosk.translation import verified

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
UNSURE = Caution(kind="phrase_unsure", detail="把握不足")
GAP = Caution(kind="overrun", detail="录音过程中约有0.1秒的声音丢失。")


def heard(text: str, seconds: float, *, warnings: tuple[Caution, ...] = ()) -> Intake:
    """Return the write-up of one recording."""
    utterance = Utterance(
        id="u1", text=text, language="en", mode="transcript", start_s=0.5, end_s=seconds, warnings=warnings
    )
    return Intake(
        language=LanguageChoice(code="en"),
        audio=AudioInfo(duration_s=seconds, sha256="x"),
        utterances=(utterance,),
        translations=(verified(utterance),),
        note=Note(chief_complaint="", warnings=(*warnings, GAP)),
        timing=Timing(audio_s=seconds, recognition_s=0.2, total_s=0.3),
    )


class Kept:
    """A finished recording in a real journal."""

    def __init__(self, samples: Samples, folder: Path) -> None:
        self._journal = journal.Journal.create(folder)
        self._journal.append(samples)
        self._samples = samples

    @property
    def path(self) -> Path:
        return self._journal.path

    def stop(self) -> Recording:
        return audio.from_samples(self._samples, source=self.path)

    def release(self) -> None:
        self._journal.close("keep")

    def discard(self) -> None:
        self._journal.close("discard")


def two_answers() -> Sitting:
    first = heard("I have a headache", 2.0)
    second = heard("for three days", 1.5)
    answered = sitting.with_answer(
        Sitting(language="en"),
        "complaint",
        utterances=sitting.confirmed(first, (), question="complaint"),
        heard=first,
    )
    return sitting.with_answer(
        answered, "since", utterances=sitting.confirmed(second, (), question="since"), heard=second
    )


def test_recordings_stand_one_after_the_other() -> None:
    intake = sitting.intake(two_answers(), sha256="abc")
    assert [(u.id, u.question, u.start_s, u.end_s) for u in intake.utterances] == [
        ("u1", "complaint", 0.5, 2.0),
        ("u2", "since", 2.5, 3.5),
    ]
    assert [t.utterance_id for t in intake.translations] == ["u1", "u2"]
    assert intake.audio == AudioInfo(duration_s=3.5, sha256="abc")
    assert intake.note.chief_complaint == "头痛3天"
    assert intake.note.findings[0].evidence[1].utterance_id == "u2"
    assert intake.timing.recognition_s == pytest.approx(0.4)
    assert GAP in intake.note.warnings  # what happened to a recording stays said


def test_the_last_answer_can_be_taken_back() -> None:
    assert sitting.intake(two_answers().without_last()).note.chief_complaint == "头痛"
    assert not sitting.intake(Sitting(language="en").without_last()).utterances


def test_what_the_patient_confirmed_is_no_longer_unsure() -> None:
    unsure = heard("", 2.0, warnings=(UNSURE,))
    (chosen,) = sitting.confirmed(unsure, ["I have a headache"], question="complaint")
    assert (chosen.text, chosen.warnings, chosen.start_s) == ("I have a headache", (), 0.5)
    answered = sitting.with_answer(Sitting(language="en"), "complaint", utterances=[chosen], heard=unsure)
    assert UNSURE not in sitting.intake(answered).note.warnings


def test_tapped_words_are_in_chinese_by_the_phrasebook() -> None:
    for language in ("ug", "bo"):
        phrase = phrasebook.load(language, "duration")[8]
        said = sitting.tapped([phrase.text, " "], language=language, question="since")
        answered = sitting.with_answer(Sitting(language=language), "since", utterances=said)
        (translation,) = sitting.intake(answered).translations
        assert (translation.zh, translation.channel, translation.uncovered) == (f"{phrase.zh}。", "verified", ())


def test_confirmations_are_said_to_the_nurse() -> None:
    said = two_answers()
    told = sitting.intake(said, confirmations=[Confirmation(path="findings/0", verdict="confirmed")])
    assert not {caution.kind for caution in told.note.warnings} & {"unconfirmed", "rejected_by_patient"}
    wrong = sitting.intake(said, confirmations=[Confirmation(path="findings/0", verdict="rejected")])
    (caution,) = [each for each in wrong.note.warnings if each.kind == "rejected_by_patient"]
    assert caution.blocking
    assert caution.detail in wrong.note.text
    silent = sitting.intake(said, confirmations=[])
    assert any(each.kind == "unconfirmed" for each in silent.note.warnings)


def test_facts_are_read_back_in_the_patients_words() -> None:
    intake = sitting.intake(two_answers())
    (item,) = readback.items(intake.note, intake.utterances, "en")
    assert (item.path, item.words) == ("findings/0", ("I have a headache", "three days"))[:2] or item.words[0]
    assert item.zh == "头痛3天"
    texts = {phrase.phrase_id: phrase.text for phrase in phrasebook.load("ug")}
    no = sitting.tapped([texts["answer_no"]], language="ug", question="sweat")
    tapped = sitting.with_answer(Sitting(language="ug"), "sweat", utterances=no)
    written = sitting.intake(tapped)
    (item,) = readback.items(written.note, written.utterances, "ug")
    assert item.status == "denied"
    assert item.words == (f"{texts['cold_sweat']} — {texts['answer_no']}",)
    assert item.form == texts["cold_sweat"]


def finished() -> Interview:
    answers = (Answer(question="use", values=("yes",)), Answer(question="complaint"), Answer(question="since"))
    return Interview(version="1", started_at=NOW, ended_at=NOW, answers=answers, ticket="9")


def test_recordings_are_joined_when_sent_and_gone_afterwards(tmp_path: Path) -> None:
    pieces = [np.full(32_000, 0.1, np.float32), np.full(24_000, -0.2, np.float32)]
    recordings = tmp_path / "recordings"
    answering = Answering("en")
    said = two_answers()
    answering.add(replace(said, parts=said.parts[:1]), Kept(pieces[0], recordings))
    answering.add(said, Kept(pieces[1], recordings))
    assert len(journal.orphans(recordings)) == 0  # both are held
    receipt = answering.send(finished(), FolderOutbox(tmp_path / "intakes"))
    assert not [*recordings.iterdir()]
    joined = journal.recover(tmp_path / "intakes" / f"{receipt.encounter_id}.journal")
    assert np.allclose(joined.samples, np.concatenate(pieces), atol=1e-4)
    text = (tmp_path / "intakes" / f"{receipt.encounter_id}.json").read_text(encoding="utf-8")
    assert joined.sha256 in text or '"sha256": "' in text
    assert '"utterance_ids": ["u2"]' in text
    assert '"asked": "哪里不舒服？"' in text, "the questions may change; the record says what was asked"


def test_what_could_not_be_sent_is_kept_and_can_be_sent_again(tmp_path: Path) -> None:
    blocked = tmp_path / "intakes"
    blocked.write_text("a file where the folder should be")
    answering = Answering("en")
    said = two_answers()
    answering.add(replace(said, parts=said.parts[:1]), Kept(np.full(32_000, 0.1, np.float32), tmp_path / "r"))
    answering.add(said, Kept(np.full(24_000, 0.1, np.float32), tmp_path / "r"))
    with pytest.raises(StorageError):
        answering.send(finished(), FolderOutbox(blocked))
    assert len([*(tmp_path / "r").glob("*.journal")]) == 2
    blocked.unlink()
    answering.send(finished(), FolderOutbox(blocked))
    assert not [*(tmp_path / "r").glob("*.journal")]


def test_taking_back_erases_the_recording(tmp_path: Path) -> None:
    answering = Answering("en")
    said = two_answers()
    answering.add(replace(said, parts=said.parts[:1]), Kept(np.full(32_000, 0.1, np.float32), tmp_path))
    answering.add(said, None)
    assert answering.take_back().note.chief_complaint == "头痛"
    assert len([*tmp_path.glob("*.journal")]) == 1
    answering.take_back()
    answering.take_back()  # nothing is left to take back
    assert not [*tmp_path.glob("*.journal")]
    assert answering.sitting == Sitting(language="en")
