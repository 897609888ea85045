"""What the nurse's screens say, in Chinese: standings, states, warnings, decisions, errors, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from kiosk import interview, languages
from kiosk.encounter import Mode, Person
from kiosk.errors import (
    AccessError,
    AudioError,
    Cancelled,
    ConflictError,
    DecisionError,
    DeviceError,
    KioskError,
    LockedOutError,
    MissingError,
    SecretError,
    SessionOverError,
    StorageError,
    TamperError,
)
from kiosk.review.decisions import (
    AddItem,
    AddVitals,
    AskInterpreter,
    Body,
    ChangeStatus,
    ConfirmItem,
    CorrectField,
    MeetRequest,
    RepeatQuestion,
    Section,
    SeeFlag,
    SettleWarning,
    Sign,
    Undo,
)
from kiosk.review.records import Standing, State
from kiosk.store.listing import Waiting

DRAFT = "草稿：未经护士审核签名"
ROLES = {"nurse": "护士", "admin": "管理员"}
STATES: Mapping[State, str] = {"waiting": "待审", "review": "审核中", "signed": "已签名"}
STANDINGS: Mapping[Standing, str] = {
    "confirmed": "已确认",
    "unconfirmed": "未确认",
    "rejected": "患者否认此条",
    "denied": "否认",
    "not_mentioned": "未述",
}
STANDING_STYLES: Mapping[Standing, str] = {
    "confirmed": "bold #22c55e",
    "unconfirmed": "bold #facc15",
    "rejected": "bold #ff5d5d",
    "denied": "bold #93c5fd",
    "not_mentioned": "#94a3b8",
}
STATUSES = {"present": "有", "denied": "无（否认）", "uncertain": "不详", "not_mentioned": "未述（从病历移除）"}
SECTIONS: Mapping[Section, str] = {
    "findings": "症状",
    "allergies": "过敏",
    "medications": "用药",
    "history": "既往史",
}
MODES: Mapping[Mode, str] = {"transcript": "语音转写", "phrase": "短语识别", "text": "键入", "tap": "点选"}
QUESTIONS = {
    "complaint": "哪里不舒服",
    "duration": "持续多久",
    "onset": "何时开始、如何开始",
    "site": "什么部位",
    "severity": "程度",
    "trigger": "什么情况下加重",
    "relief": "什么情况下缓解",
    "follow_up": "症状细节",
    "allergy": "过敏史",
    "medicine": "正在用的药",
    "illness": "既往疾病",
    "who": "为谁就诊",
    "answer": "是或否",
}
VITALS = {
    "temperature_c": ("体温", "℃", 25, 45),
    "pulse": ("脉搏", "次/分", 10, 300),
    "respiration": ("呼吸", "次/分", 2, 120),
    "systolic": ("收缩压", "mmHg", 30, 300),
    "diastolic": ("舒张压", "mmHg", 10, 200),
    "spo2": ("血氧", "%", 30, 100),
}
"""Field of :class:`kiosk.review.decisions.Vitals` -> name, unit, lowest, highest."""
FORMS = {
    "pdf": "门诊病历 PDF（A4）",
    "slip": "小票 PDF（80 mm）",
    "text": "纯文本",
    "json": "JSON",
    "fhir": "FHIR R5 文档",
    "fhir-r4b": "FHIR R4B 文档",
}
SEXES = {"male": "男", "female": "女", None: ""}


def error(wrong: KioskError) -> str:
    """Return an error as one Chinese sentence; what it says in English follows where a technician needs it."""
    match wrong:
        case LockedOutError(wait_s=wait_s):
            return f"多次输入错误，账号暂时锁定。请稍候 {wait_s:.0f} 秒再试，或请管理员重设密码。"
        case SessionOverError():
            return "登录已过期，请重新登录。"
        case AccessError() if "wrong" in wrong.message:
            return "姓名或密码不对，请再试一次。"
        case AccessError() if "last administrator" in wrong.message:
            return "这是最后一个管理员，不能停用。"
        case AccessError() if "role" in wrong.message:
            return "您的角色不能做这件事。"
        case SecretError():
            return "密码太简单：PIN 至少 6 位数字（不要连号、重复），密码至少 8 个字符。"
        case ConflictError():
            return "别人刚刚改了这份记录，已重新载入，请看过再决定。"
        case DecisionError() if "missing before" in wrong.message:
            return "还有必须处理的项目，暂不能签名。"
        case DecisionError():
            return f"不能这样修改：{wrong.message}"
        case AudioError():
            return "这一条没有录音（点选或键入）。"
        case DeviceError():
            return f"无法播放：没有可用的扬声器。{wrong}"
        case TamperError():
            return f"记录已损坏或被改动，无法打开。{wrong.remedy}"
        case StorageError():
            return f"数据库没有回应，没有保存。{wrong}"
        case MissingError():
            return f"缺少所需的模型或设备。{wrong}"
        case Cancelled():
            return "已停止。"
        case _ if "not one term" in wrong.message:
            return "这句话不是单一术语：请按 A 手工添加。"
        case _ if "account's name" in wrong.message or "program's own" in wrong.message:
            return "登录名只能用小写字母、数字、点和连字符，例如 wang.fang。"
        case _ if "There is an account" in wrong.message:
            return "这个登录名已经有人用了。"
        case _ if "audio" in wrong.message:
            return "没有录音：没有录过，或已按规定清除。"
        case _ if "Two characters" in wrong.message:
            return "请至少输入两个字。"
        case _ if "no such encounter" in wrong.message:
            return "没有这份记录，或已被抹除。"
        case _:
            return str(wrong)


def decision(body: Body) -> str:
    """Return what a decision did, without the words it changed."""
    match body:
        case CorrectField():
            return "更正"
        case ChangeStatus(status=status):
            return f"状态改为：{STATUSES[status]}"
        case ConfirmItem():
            return "确认"
        case AddItem(section=section):
            return f"添加{SECTIONS[section]}"
        case AddVitals():
            return "录入生命体征"
        case AskInterpreter():
            return "请求口译员"
        case RepeatQuestion(question=question):
            return f"请求重问：{question_named(question)}"
        case MeetRequest():
            return "请求已完成"
        case SettleWarning(verdict=verdict):
            return "警告已核实：原文无误" if verdict == "stands" else "警告已核实：已更正"
        case SeeFlag():
            return "红旗已查看"
        case Undo(number=number):
            return f"撤销第{number}步"
        case Sign():
            return "签名"


def question_named(question: str) -> str:
    """Return a question's Chinese name, as the interview or the phrasebook has it; its id where it has none."""
    known = interview.load().by_id.get(question)
    return known.zh if known is not None else QUESTIONS.get(question, question)


def language(code: str) -> str:
    """Return a language's Chinese name; empty for a damaged record."""
    return languages.get(code).zh if code else ""


def person(age_years: float | None, sex: str | None) -> str:
    """Return sex and age: 女 34岁, 3个月; — when neither is known."""
    age = ""
    if age_years is not None:
        age = f"{age_years:g}岁" if age_years >= 1 else f"{round(age_years * 12, 1):g}个月"
    return f"{SEXES[sex]} {age}".strip() or "—"


def reporter(who: Person) -> str:
    """Return who speaks."""
    return {"patient": "患者本人", "parent": "家长", "other": "他人代述"}[who.reporter]


def waited(since: datetime, now: datetime) -> str:
    """Return how long somebody has waited: 3分, 1时20分, 2天; nothing below zero when a clock was set back."""
    minutes = max(0, int((now - since) / timedelta(minutes=1)))
    if minutes < 60:
        return f"{minutes}分"
    if minutes < 24 * 60:
        return f"{minutes // 60}时{minutes % 60:02}分"
    return f"{minutes // (24 * 60)}天"


def at(moment: datetime, zone: tzinfo | None, *, day: bool = True) -> str:
    """Return a moment as the ward's clock shows it; ``zone`` None is the machine's."""
    return f"{moment.astimezone(zone):{'%m-%d %H:%M' if day else '%H:%M'}}"


def state(row: Waiting) -> str:
    """Return the state of a line of the queue: how much is open, or who signed."""
    if row.state == "signed":
        return f"已签名 {row.summary.signer}"
    return STATES[row.state] + (f" ⛔{row.summary.blocking}" if row.summary.blocking else "")


def wanted(row: Waiting) -> str:
    """Return what was asked for, in short: 口译员 重问."""
    return " ".join(dict.fromkeys("重问" if each.startswith("重问") else each for each in row.summary.wanted))
