"""What was asked, answered and agreed to, as QuestionnaireResponse and Consent; nothing without an interview."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.answers import Answer, Consent, Interview
from kiosk.export.codes import TERMINOLOGY, Json, coding, loinc, table
from kiosk.export.frame import ENCOUNTER, PATIENT, Frame, instant

LAW = "《中华人民共和国个人信息保护法》第二十八条、第二十九条：处理敏感个人信息的单独同意"


def entries(frame: Frame) -> Iterator[Json]:
    """Return the answers and the consent."""
    interview = frame.content.intake.interview
    if interview is None:
        return
    yield frame.entry("interview", _answers(frame, interview))
    if interview.consent is not None:
        consent = _consent_r5 if frame.r5 else _consent_r4b
        yield frame.entry("consent", consent(frame, interview.consent))


def _answers(frame: Frame, interview: Interview) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "identifier": [frame.identifier("interview", frame.content.origin.encounter_id)]
        if frame.r5
        else frame.identifier("interview", frame.content.origin.encounter_id),
        "questionnaire": f"{frame.system('questionnaire')}|{interview.version}",
        "status": "completed" if interview.ended == "complete" else "stopped",
        **frame.about,
        "authored": instant(interview.ended_at),
        "author": frame.ref("device/kiosk"),
        "source": frame.reporter,
        "item": [_item(frame, answer) for answer in interview.answers],
    }


def _item(frame: Frame, answer: Answer) -> Json:
    """Return one question; one that was skipped stands there without an answer."""
    spoken = {each.id: each for each in frame.content.intake.utterances}
    chosen = [{"valueCoding": coding(frame.system("answer"), value)} for value in answer.values]
    said = [{"valueString": spoken[name].text} for name in answer.utterance_ids if name in spoken and spoken[name].text]
    text = {"text": answer.asked} if answer.asked else {}
    return {"linkId": answer.question, **text, "answer": [*chosen, *said] if answer.outcome == "answered" else []}


def _agreed(consent: Consent) -> list[tuple[str, str, bool]]:
    return [
        ("consent-use", "将所述内容用于本次就诊", consent.use),
        ("consent-recording", "录音，并保存至护士签名", consent.recording),
    ]


def _consent_r4b(frame: Frame, consent: Consent) -> Json:
    return {
        "resourceType": "Consent",
        "status": "active" if consent.use else "rejected",
        "scope": {"coding": [coding(f"{TERMINOLOGY}/consentscope", "patient-privacy")]},
        "category": [loinc(table().loinc.consent, "知情同意")],
        "patient": frame.ref(PATIENT),
        "dateTime": instant(consent.at),
        "performer": [frame.reporter],
        "policyRule": {"text": LAW},
        "extension": _asked(frame, consent),
        "provision": {
            "type": "permit" if consent.use else "deny",
            "provision": [
                {"type": "permit" if yes else "deny", "code": [frame.own(code, text)]}
                for code, text, yes in _agreed(consent)
            ],
        },
    }


def _consent_r5(frame: Frame, consent: Consent) -> Json:
    """R5's provisions are the exceptions to its decision: what is listed there is what was not agreed to."""
    return {
        "resourceType": "Consent",
        "status": "active" if consent.use else "inactive",
        "category": [loinc(table().loinc.consent, "知情同意")],
        "subject": frame.ref(PATIENT),
        "date": instant(consent.at)[:10],
        "grantor": [frame.reporter],
        "regulatoryBasis": [{"text": LAW}],
        "extension": _asked(frame, consent),
        "decision": "permit" if consent.use else "deny",
        "provision": [{"code": [frame.own(code, text)]} for code, text, yes in _agreed(consent) if yes != consent.use],
    }


def _asked(frame: Frame, consent: Consent) -> list[Json]:
    """Return in which language, and how, it was asked, and at what time."""
    return [
        {
            "url": frame.system("consent-asked"),
            "extension": [
                {"url": "language", "valueCode": consent.language},
                {"url": "aloud", "valueBoolean": consent.aloud},
                {"url": "at", "valueDateTime": instant(consent.at)},
                {"url": "visit", "valueReference": frame.ref(ENCOUNTER)},
            ],
        }
    ]
