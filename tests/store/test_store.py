"""The store, on both databases: what goes in comes out, what is decided is added, who saw it is in the log."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kiosk import audio
from kiosk.encounter import Intake
from kiosk.errors import AccessError, ConflictError, DecisionError, InputError, StorageError, TamperError
from kiosk.review.decisions import AddVitals, ChangeStatus, CorrectField, SeeFlag, SettleWarning, Undo, Vitals
from kiosk.review.records import Review, ReviewedNote
from kiosk.store import schema, search
from kiosk.store.audit import Entry
from tests.store.conftest import CHINESE_WORD, SENTENCE, SPEECH, Bench, blocked, written

Spoken = Callable[..., tuple[Intake, Path]]


def entries(bench: Bench) -> list[Entry]:
    with bench.store.database.read() as connection:
        return list(bench.store.log.entries(connection))


def test_what_is_sent_comes_out_equal_also_the_next_morning(bench: Bench, spoken: Spoken) -> None:
    intake, path = spoken()
    receipt = bench.outbox.send(intake, path)
    assert receipt.delivered
    (waiting,) = bench.store.queue(bench.nurse)
    assert (waiting.encounter_id, waiting.state, waiting.has_audio) == (receipt.encounter_id, "waiting", True)
    assert waiting.summary.chief_complaint == intake.note.chief_complaint
    assert waiting.received_at == bench.time.time
    for again in (False, True):
        store = bench.reopen() if again else bench.store
        seen = store.open(bench.nurse, receipt.encounter_id)
        assert seen.intake == intake
        assert store.recording(bench.nurse, receipt.encounter_id).sha256 == audio.from_samples(SPEECH).sha256


def test_the_queue_has_red_flags_first_then_the_order_of_arrival(bench: Bench) -> None:
    urgent = written("I have chest pain and I am sweating")
    assert urgent.note.red_flags
    calm = written("I have a cough")
    sent = [bench.outbox.send(intake, None).encounter_id for intake in (calm, urgent, calm, urgent)]
    bench.time.pass_(hours=-5)  # the clock goes back: the order stays that of arrival
    sent.append(bench.outbox.send(calm, None).encounter_id)
    expected = [sent[1], sent[3], sent[0], sent[2], sent[4]]
    assert [each.encounter_id for each in bench.store.queue(bench.nurse)] == expected
    assert [each.encounter_id for each in bench.store.queue(bench.nurse, limit=2)] == expected[:2]
    assert bench.store.count(bench.nurse) == 5
    bench.store.sign(bench.nurse, sent[0], bench.store.open(bench.nurse, sent[0]))
    assert (bench.store.count(bench.nurse), bench.store.count(bench.nurse, signed=True)) == (4, 1)


def test_arrivals_are_noticed_and_logged_once(bench: Bench) -> None:
    before = bench.store.pulse()
    bench.outbox.send(written(), None)
    assert bench.store.pulse() != before
    assert bench.store.take_in() == 1
    assert bench.store.take_in() == 0
    assert [each.action for each in entries(bench)].count("received") == 1


def test_a_note_is_corrected_signed_and_stays_as_it_was_signed(bench: Bench) -> None:
    name = bench.outbox.send(blocked(), None).encounter_id
    seen = bench.store.open(bench.nurse, name)
    with pytest.raises(DecisionError, match="原话有否定"):
        bench.store.sign(bench.nurse, name, seen)
    knee = next(line.path for line in seen.lines if "膝" in line.text)
    seen = bench.store.decide(bench.nurse, name, seen, CorrectField(path=f"{knee}/laterality", value="左"))
    seen = bench.store.decide(bench.nurse, name, seen, AddVitals(vitals=Vitals(temperature_c=38.5, pulse=96)))
    for warned in seen.warnings:
        if warned.caution.blocking:
            seen = bench.store.decide(bench.nurse, name, seen, SettleWarning(key=warned.key, verdict="stands"))
    assert not seen.open
    signed = bench.store.sign(bench.nurse, name, seen)
    assert "左膝" in signed.note.text
    assert "体温38.5℃，脉搏96次/分" in signed.note.text
    assert "审核签名：王芳" in signed.note.text
    assert "草稿" not in signed.note.text.splitlines()[0]
    assert bench.store.queue(bench.nurse) == ()
    (closed,) = bench.store.signed(bench.nurse)
    assert (closed.state, closed.summary.signer) == ("signed", "王芳")

    store = bench.reopen()
    again = store.reviewed(bench.nurse, name, target="json")
    assert isinstance(again, ReviewedNote)
    assert again == signed
    assert again.intake == blocked()  # what the machine wrote is still there
    line = next(each for each in store.open(bench.nurse, name).lines if each.path == knee)
    assert (line.text, line.original) != (line.original, line.text)
    assert "右膝" in str(line.original)
    assert [each.author_name for each in line.changed_by] == ["王芳"]


def test_a_change_after_signing_opens_the_note_again(bench: Bench) -> None:
    name = bench.outbox.send(written(), None).encounter_id
    bench.store.sign(bench.nurse, name, bench.store.open(bench.nurse, name))
    seen = bench.store.open(bench.nurse, name)
    assert seen.state == "signed"
    with pytest.raises(DecisionError, match="already"):
        bench.store.sign(bench.nurse, name, seen)
    with pytest.raises(DecisionError, match="cannot be undone"):
        bench.store.decide(bench.nurse, name, seen, Undo(number=1))
    seen = bench.store.decide(bench.nurse, name, seen, CorrectField(path="chief_complaint", value="头痛4天"))
    assert seen.state == "review"
    assert isinstance(bench.store.reviewed(bench.nurse, name, target="pdf"), Review)
    assert len(bench.store.queue(bench.nurse)) == 1
    signed = bench.store.sign(bench.nurse, name, seen)
    assert signed.note.chief_complaint == "头痛4天"
    assert len(signed.decisions) == 3


def test_two_nurses_do_not_overwrite_each_other(bench: Bench) -> None:
    name = bench.outbox.send(written(), None).encounter_id
    first = bench.store.open(bench.nurse, name)
    second = bench.store.open(bench.nurse, name)
    bench.store.decide(bench.nurse, name, first, AddVitals(vitals=Vitals(pulse=80)))
    with pytest.raises(ConflictError):
        bench.store.decide(bench.nurse, name, second, AddVitals(vitals=Vitals(pulse=90)))
    with pytest.raises(ConflictError):
        bench.store.sign(bench.nurse, name, second)
    with pytest.raises(ConflictError):
        bench.store.revise(bench.nurse, name, second, written("I have a cough"))
    assert bench.store.open(bench.nurse, name).vitals == Vitals(pulse=80)


def test_another_engine_adds_a_revision_and_the_first_stays(bench: Bench) -> None:
    name = bench.outbox.send(written(), None).encounter_id
    seen = bench.store.open(bench.nurse, name)
    seen = bench.store.decide(bench.nurse, name, seen, AddVitals(vitals=Vitals(spo2=97)))
    path = seen.lines[0].path
    seen = bench.store.decide(bench.nurse, name, seen, ChangeStatus(path=path, status="not_mentioned"))
    again = written("I have had a cough for two weeks")
    after = bench.store.revise(bench.nurse, name, seen, again)
    assert (after.revision, after.intake, after.vitals) == (2, again, Vitals(spo2=97))
    assert after.lines[0].standing != "not_mentioned"  # corrections were of the other note
    assert [each.intake for each in bench.store.revisions(bench.nurse, name)] == [written(), again]
    assert [each.encounter_id for each in bench.store.search(bench.nurse, "咳嗽")] == [name]


def test_a_search_begins_with_its_rarest_pair(bench: Bench) -> None:
    """Beginning with the common one would walk through all encounters that have it."""
    rare = written("I have chest pain and I am sweating")
    for intake in (written("I have a headache"), written("I have a headache"), rare):
        bench.outbox.send(intake, None)
    bench.store.queue(bench.nurse)
    head, chest = (search.tokens_for(words, key=bench.store.vault.search)[0] for words in ("头痛", "胸痛"))
    assert bench.store.listing.rarest_first((head, chest)) == [chest, head]
    assert bench.store.listing.rarest_first((chest, head)) == [chest, head]
    assert [each.urgency for each in bench.store.search(bench.nurse, "胸痛")] == [len(rare.note.red_flags)]


def test_search_finds_by_words_and_by_id(bench: Bench) -> None:
    names = [bench.outbox.send(written(text), None).encounter_id for text in (SENTENCE, "I have a cough")]
    assert [each.encounter_id for each in bench.store.search(bench.nurse, CHINESE_WORD)] == [names[0]]
    assert [each.encounter_id for each in bench.store.search(bench.nurse, "右膝肿胀")] == [names[0]]
    assert [each.encounter_id for each in bench.store.search(bench.nurse, " 青霉素 ")] == [names[0]]
    assert [each.encounter_id for each in bench.store.search(bench.nurse, names[1][:8])] == [names[1]]
    assert bench.store.search(bench.nurse, "没有这个") == ()
    with pytest.raises(InputError, match="Two characters"):
        bench.store.search(bench.nurse, "痛")


def test_a_clip_is_exactly_its_seconds(bench: Bench, spoken: Spoken) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    expected = audio.to_pcm16(SPEECH)
    for start_s, end_s in ((0.0, 25.0), (9.5, 20.25), (10.0, 20.0), (24.0, 99.0)):
        with wave.open(io.BytesIO(bench.store.clip(bench.nurse, name, start_s, end_s))) as clip:
            assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (16_000, 1, 2)
            pcm = clip.readframes(clip.getnframes())
        assert pcm == expected[round(start_s * 16_000) * 2 : round(end_s * 16_000) * 2]
    with pytest.raises(InputError):
        bench.store.clip(bench.nurse, name, 30.0, 31.0)
    with pytest.raises(InputError):
        bench.store.clip(bench.nurse, name, 3.0, 3.0)


def test_every_view_change_export_and_clip_is_in_the_log(bench: Bench, spoken: Spoken) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    bench.store.queue(bench.nurse)
    seen = bench.store.open(bench.nurse, name)
    bench.store.clip(bench.nurse, name, 1.0, 2.0)
    seen = bench.store.decide(bench.nurse, name, seen, AddVitals(vitals=Vitals(pulse=80)))
    bench.store.sign(bench.nurse, name, seen)
    bench.store.reviewed(bench.admin, name, target="fhir")
    bench.store.search(bench.nurse, CHINESE_WORD)
    log = entries(bench)
    about = [(each.actor, each.action) for each in log if each.encounter_id == name]
    assert about == [
        ("system", "received"),
        ("wang.fang", "view"),
        ("wang.fang", "listen"),
        ("wang.fang", "decide"),
        ("wang.fang", "sign"),
        ("admin", "export"),
    ]
    assert {"login", "account_added", "first_admin", "search"} <= {each.action for each in log}
    assert all(CHINESE_WORD not in str(each) for each in log)


def test_roles(bench: Bench) -> None:
    name = bench.outbox.send(written(), None).encounter_id
    seen = bench.store.open(bench.admin, name)
    with pytest.raises(AccessError, match="may not"):
        bench.store.sign(bench.admin, name, seen)
    with pytest.raises(AccessError, match="may not"):
        bench.store.decide(bench.admin, name, seen, AddVitals(vitals=Vitals(pulse=80)))
    assert "sign" not in [each.action for each in entries(bench)]
    with pytest.raises(AccessError, match="may not"):
        bench.store.accounts.add(bench.nurse, "li", "李", "another secret", "admin")


@pytest.mark.parametrize("table", ["encounter", "revision", "decision", "audio", "audit"])
def test_what_was_recorded_can_neither_be_changed_nor_removed(bench: Bench, spoken: Spoken, table: str) -> None:
    intake, path = spoken()
    name = bench.outbox.send(intake, path).encounter_id
    bench.store.decide(bench.nurse, name, bench.store.open(bench.nurse, name), AddVitals(vitals=Vitals(pulse=80)))
    column = "kiosk" if table == "encounter" else "sealed" if table != "audit" else "actor"
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(StorageError, match=r"append-only|no tombstone"), bench.store.database.write() as connection:
            connection.execute(text(statement))


def test_a_piece_that_was_moved_to_another_record_does_not_open(bench: Bench) -> None:
    names = [bench.outbox.send(written(words), None).encounter_id for words in (SENTENCE, "I have a cough")]
    with bench.store.database.write() as connection:
        keys = {row.encounter_id: row.wrapped for row in connection.execute(select(schema.encounter_key)).all()}
        for name, other in (names, names[::-1]):
            connection.execute(
                schema.encounter_key.update()
                .where(schema.encounter_key.c.encounter_id == name)
                .values(wrapped=keys[other])
            )
    with pytest.raises(TamperError):
        bench.store.open(bench.nurse, names[0])
    assert "损坏" in bench.store.queue(bench.nurse)[0].summary.chief_complaint


def test_an_encounter_that_is_not_there(bench: Bench) -> None:
    for action in (
        lambda: bench.store.open(bench.nurse, "f" * 32),
        lambda: bench.store.reviewed(bench.nurse, "f" * 32, target="json"),
        lambda: bench.store.clip(bench.nurse, "f" * 32, 0.0, 1.0),
    ):
        with pytest.raises(InputError, match="no such encounter"):
            action()


def test_a_red_flag_must_be_seen_before_signing(bench: Bench) -> None:
    urgent = written("I have chest pain and I am sweating")
    name = bench.outbox.send(urgent, None).encounter_id
    seen = bench.store.open(bench.nurse, name)
    with pytest.raises(DecisionError, match="红旗"):
        bench.store.sign(bench.nurse, name, seen)
    for flag in urgent.note.red_flags:
        seen = bench.store.decide(bench.nurse, name, seen, SeeFlag(flag=flag.id))
    seen = bench.store.decide(bench.nurse, name, seen, ChangeStatus(path=seen.lines[0].path, status="denied"))
    signed = bench.store.sign(bench.nurse, name, seen)
    assert signed.note.red_flags == urgent.note.red_flags  # never lowered by a correction
    assert replace(signed.intake) == urgent
