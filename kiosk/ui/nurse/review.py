"""One note under review: every line with how sure it is, and behind the chosen one the patient's words and voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList, Static

from kiosk import review
from kiosk.desk import asking_again, may
from kiosk.desk.asking_again import Given
from kiosk.encounter import Pregnancy, Utterance
from kiosk.errors import ConflictError, KioskError
from kiosk.review.amendments import SECTIONS
from kiosk.review.concept_search import FREE, value
from kiosk.review.decisions import (
    AddItem,
    AskInterpreter,
    Body,
    ChangeStatus,
    ConfirmItem,
    CorrectField,
    MeetRequest,
    NoteStatus,
    RepeatQuestion,
    SeeFlag,
    SettleWarning,
    Undo,
)
from kiosk.review.records import Review
from kiosk.store.listing import Waiting
from kiosk.ui.nurse import details, rows, words
from kiosk.ui.nurse.adding import Term, TermDialog
from kiosk.ui.nurse.base import Page, Rows
from kiosk.ui.nurse.choosing import ChooseDialog
from kiosk.ui.nurse.erasing import EraseDialog
from kiosk.ui.nurse.exporting import export
from kiosk.ui.nurse.fields import FIELDS
from kiosk.ui.nurse.forms import ComplaintForm, PregnancyForm, RecordForm, VitalsForm
from kiosk.ui.nurse.history import HistoryDialog
from kiosk.ui.nurse.rehearing import RehearingDialog
from kiosk.ui.nurse.rows import Row
from kiosk.ui.nurse.signing import SignDialog, TextDialog, printed
from kiosk.ui.scripts import Script, clean

Verdict = Literal["stands", "corrected"]


class ReviewScreen(Page):
    """The review of one encounter."""

    DEFAULT_CSS = """
    ReviewScreen #about { height: 1; padding: 0 1; color: $text-muted; }
    ReviewScreen #panels { height: 1fr; layout: vertical; }
    ReviewScreen.-wide #panels { layout: horizontal; }
    ReviewScreen Rows { height: 3fr; }
    ReviewScreen #detail { height: 2fr; border-top: heavy $primary; padding: 0 1; }
    ReviewScreen.-wide Rows { width: 11fr; height: 100%; }
    ReviewScreen.-wide #detail { width: 9fr; height: 100%; border-top: none; border-left: heavy $primary; }
    ReviewScreen #detail:focus { background: $surface; }
    ReviewScreen #note { display: none; margin: 1 0 0 0; border-top: dashed $primary; color: $text-muted; }
    ReviewScreen.-wide #note { display: block; }
    """
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "处理", key_display="Enter"),
        Binding("p", "play", "播放"),
        Binding("c", "confirm", "确认"),
        Binding("z", "status", "状态"),
        Binding("a", "add", "添加"),
        Binding("v", "vitals", "体征"),
        Binding("u,ctrl+z", "undo", "撤销", key_display="U"),
        Binding("s", "sign", "签名"),
        Binding("x", "export", "导出"),
        Binding("w", "term", "换一个术语", show=False),
        Binding("i", "interpreter", "请口译员", show=False),
        Binding("r", "repeat", "重问患者一题", show=False),
        Binding("e", "engine", "换引擎重做", show=False),
        Binding("h", "history", "修改历史", show=False),
        Binding("n", "text", "病历全文", show=False),
        Binding("space", "silence", "停止播放", show=False),
        Binding("g", "next_open", "跳到下一个须处理的项目", show=False),
        Binding("delete", "erase", "按患者要求抹除", show=False),
        Binding("escape", "back", "返回", show=False),
    ]

    def __init__(self, waiting: Waiting, seen: Review) -> None:
        super().__init__()
        self.encounter_id = waiting.encounter_id
        self.has_audio = waiting.has_audio
        self.received_at = waiting.received_at
        self.seen = seen
        self.rows: tuple[Row, ...] = ()

    def content(self) -> ComposeResult:
        yield Static(id="about")
        with Vertical(id="panels"):
            yield Rows(id="rows")
            with VerticalScroll(id="detail"):
                yield Static(id="pieces")
                yield Static(id="note")

    def on_mount(self) -> None:
        """Show the note."""
        self.draw()
        self.query_one(Rows).highlighted = None
        self.action_next_open()
        if self.query_one(Rows).highlighted is None:
            self.query_one(Rows).choose("complaint")

    @property
    def is_draft(self) -> bool:
        """Whether nobody has signed the note as it stands."""
        return self.seen.state != "signed"

    @property
    def row(self) -> Row | None:
        """The line that is chosen."""
        chosen = self.query_one(Rows).chosen
        return next((each for each in self.rows if each.key == chosen), None)

    def draw(self) -> None:
        """Show the note as it stands."""
        seen = self.seen
        self.rows = rows.of(seen)
        self.query_one(Rows).show({row.key: _line(row) for row in self.rows})
        if self.is_draft:
            missing = f" · 须处理 {len(seen.open)} 项" if seen.open else ""
            again = "（签名后又有修改）" if seen.signature is not None else ""
            self.banner(f"【{words.DRAFT}】{again}{missing}", kind="draft")
        elif seen.signature is not None:
            at = words.at(seen.signature.at, self.ward.zone)
            self.banner(f"已签名：{seen.signature.author_name} {at}", kind="signed")
        choice = seen.intake.language
        person = words.person(seen.note.person.age_years, seen.note.person.sex)
        ticket = seen.intake.interview.ticket if seen.intake.interview is not None else None
        about = [
            f"编号 {self.encounter_id[:8]}" + (f" · 号 {clean(ticket)}" if ticket else ""),
            words.language(choice.code),
            person if person != "—" else "",
            f"到达 {words.at(self.received_at, self.ward.zone)}",
            f"第{seen.revision}次转写" if seen.revision > 1 else "",
        ]
        self.query_one("#note", Static).update(printed(seen, self.ward.bidi))
        self.query_one("#about", Static).update(Text(" · ".join(part for part in about if part), no_wrap=True))
        self._explain()

    def _explain(self) -> None:
        """Show what stands behind the chosen line."""
        row = self.row
        if row is None:
            return
        pieces = details.of(row, self.seen, self.ward.zone)
        drawn = [Script(each.text, self.ward.bidi, rtl=each.rtl, style=each.style) for each in pieces]
        self.query_one("#pieces", Static).update(Group(*drawn))
        self.query_one("#detail", VerticalScroll).scroll_home(animate=False)

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._explain()

    # Deciding.

    async def keep(self, bodies: Sequence[Body]) -> None:
        """Put decisions into the store and show the note anew; raises KioskError when they were not kept."""
        try:
            self.seen = await self.ward.ask(self.ward.desk.decide(self.encounter_id, self.seen, bodies))
        except ConflictError:
            self.seen = await self.ward.ask(self.ward.desk.open(self.encounter_id))
            self.draw()
            raise
        self.draw()

    async def decide(self, *bodies: Body, done: str = "已保存") -> None:
        """Keep decisions that no form is open for."""
        try:
            await self.keep(bodies)
        except KioskError as wrong:
            self.refuse(wrong)
        else:
            self.say(f"{done} · U 撤销")

    def may_decide(self) -> bool:
        """Say whether who is logged in decides; if not, say so on the screen."""
        who = self.ward.who
        if who is not None and may(who, "decide"):
            return True
        self.say("审核和签名由护士账号完成；管理员只能查看、导出和抹除。", bad=True)
        return False

    @on(OptionList.OptionSelected)
    async def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self.action_edit()

    async def action_edit(self) -> None:
        """Do what is usual for the chosen line."""
        row = self.row
        if row is None or (row.kind != "utterance" and not self.may_decide()):
            return
        match row.kind:
            case "flag" if row.flagged is not None and row.flagged.seen_by is None:
                await self.decide(SeeFlag(flag=row.flagged.flag.id), done=f"红旗已查看：{row.text}")
            case "warning" if row.warned is not None:
                self._settle(row.warned.key, row.text)
            case "person":
                self._record_form("更正患者信息", self.seen.note.person, "person")
            case "complaint":
                complaint = self.seen.note.chief_complaint
                self.app.push_screen(ComplaintForm(complaint, self.keep, draft=self.is_draft), self._kept)
            case "item" if row.line is not None:
                self._record_form(f"更正：{row.text}", row.line.record, row.path)
            case "pregnancy":
                present = self.seen.note.pregnancy or Pregnancy(status="present")
                form = PregnancyForm(present, FIELDS[Pregnancy], self.keep, draft=self.is_draft)
                self.app.push_screen(form, self._kept)
            case "vitals":
                self.action_vitals()
            case "wanted":
                await self._meet(row)
            case "utterance" if row.utterance is not None and not row.utterance.text and row.utterance.alternatives:
                self._choose_phrase(row.utterance)
            case "utterance":
                await self.action_play()
            case _:
                self.say("这一项不需要处理。")

    def _record_form(self, heading: str, record: object, path: str) -> None:
        form = RecordForm(heading, record, path, FIELDS[type(record)], self.keep, draft=self.is_draft)
        self.app.push_screen(form, self._kept)

    def _kept(self, kept: bool | None) -> None:
        """A form has gone."""
        if kept:
            self.say("已保存 · U 撤销")

    def _settle(self, key: str, detail: str) -> None:
        async def settled(verdict: str | None) -> None:
            if verdict is not None:
                await self.decide(SettleWarning(key=key, verdict=cast(Verdict, verdict)), done="警告已核实")

        choices = {"stands": "病历原文无误", "corrected": "有误，我已在病历中更正"}
        dialog = ChooseDialog("核实警告", choices, about=f"{detail}\n请对照原话和录音。", draft=self.is_draft)
        self.app.push_screen(dialog, settled)

    async def _meet(self, row: Row) -> None:
        """What was asked for comes: the patient answers on their own screen, or the interpreter is here."""
        request = next((each for each in self.seen.wanted if row.key == f"wanted/{each.number}"), None)
        if request is None:
            return
        if not isinstance(request.body, RepeatQuestion):
            await self.decide(MeetRequest(number=request.number), done="口译员已到场")
            return
        try:
            self.ward.ask_patient(request.body.question, self.seen.intake.language.code, self._answered)
        except KioskError as wrong:
            self.refuse(wrong)

    async def _answered(self, given: Given) -> None:
        """The patient has answered a question that was asked again."""
        self.say("正在按患者的新回答重写病历 …")
        try:
            self.seen = await self.ward.ask(self.ward.desk.answer(self.encounter_id, self.seen, given))
        except ConflictError as wrong:
            await self._reload()
            self.refuse(wrong)
        except KioskError as wrong:
            self.refuse(wrong)
        else:
            self.draw()
            answer = self.seen.intake.utterances[-1].id if given.words else ""
            self.query_one(Rows).choose(f"utterance/{answer}" if answer else "person")
            self.say(f"患者已回答：{words.question_named(given.question)}。病历已按新回答重写，请核对。")

    def _choose_phrase(self, said: Utterance) -> None:
        """Add which phrase was meant, where the patient did not say."""

        async def chosen(phrase_id: str | None) -> None:
            if phrase_id is None:
                return
            try:
                added = await self.ward.ask(self.ward.desk.meant(said.language, phrase_id))
            except KioskError as wrong:
                self.refuse(wrong)
            else:
                await self.decide(added, done="已添加")

        if self.may_decide():
            choices = {each.phrase_id: each.zh for each in said.alternatives}
            about = "患者没有选择。先听录音（Esc 后按 P），与患者核实后再选："
            self.app.push_screen(ChooseDialog("患者说的是哪一句？", choices, about=about, draft=self.is_draft), chosen)

    async def action_confirm(self) -> None:
        """Checked with the patient: it stands as it is."""
        row = self.row
        if row is None or not self.may_decide():
            return
        if row.kind == "flag" or row.kind == "warning":
            await self.action_edit()
        elif row.kind != "item":
            self.say("请先选中症状、过敏、用药或既往史中的一条。")
        elif row.line is not None and row.line.standing == "not_mentioned":
            self.say("这一条已从病历移除；按 Z 改回。")
        else:
            await self.decide(ConfirmItem(path=row.path), done=f"已确认：{row.text}")

    def action_status(self) -> None:
        """Present, denied, unsure, or not mentioned after all."""
        row = self.row
        if row is None or not self.may_decide():
            return
        if row.kind not in ("item", "pregnancy"):
            self.say("请先选中症状、过敏、用药、既往史或妊娠。")
            return
        medicine = row.line is not None and row.line.section == "medications"
        kinds = ("present", "not_mentioned") if medicine else tuple(words.STATUSES)

        async def chosen(status: str | None) -> None:
            if status is not None:
                changed = ChangeStatus(path=row.path, status=cast(NoteStatus, status))
                await self.decide(changed, done=f"状态：{words.STATUSES[status]}")

        now = getattr(row.line.record, "status", "present") if row.line is not None else "present"
        choices = {kind: words.STATUSES[kind] for kind in kinds}
        self.app.push_screen(ChooseDialog(f"状态：{row.text}", choices, draft=self.is_draft, chosen=str(now)), chosen)

    def action_add(self) -> None:
        """Add what is missing."""

        async def chosen(term: Term | None) -> None:
            if term is not None:
                added = value(term.section, term.concept, term.text)
                await self.decide(AddItem(section=term.section, value=added), done="已添加")
                self.query_one(Rows).choose(f"{term.section}/+{self.seen.decisions[-1].number}")

        if self.may_decide():
            self.app.push_screen(TermDialog("添加", draft=self.is_draft), chosen)

    def action_term(self) -> None:
        """Put another term in the place of the chosen one; its evidence and what was said of it stay."""
        row = self.row
        if row is None or not self.may_decide():
            return
        if row.line is None or "code" not in {*SECTIONS[row.line.section].__dataclass_fields__}:
            self.say("过敏原和药名请直接更正（Enter）；症状、既往史才换术语。")
            return

        async def chosen(term: Term | None) -> None:
            if term is not None:
                code, name = (term.concept.id, term.concept.zh) if term.concept is not None else (FREE, term.text)
                await self.decide(
                    CorrectField(path=f"{row.path}/code", value=code),
                    CorrectField(path=f"{row.path}/name", value=name),
                    done=f"已改为：{name}",
                )

        dialog = TermDialog(f"换一个术语：{row.text}", section=row.line.section, draft=self.is_draft)
        self.app.push_screen(dialog, chosen)

    def action_vitals(self) -> None:
        """Enter vital signs."""
        if self.may_decide():
            self.app.push_screen(VitalsForm(self.seen.vitals, self.keep, draft=self.is_draft), self._kept)

    async def action_interpreter(self) -> None:
        """Ask for a person who speaks the language."""
        if self.may_decide():
            await self.decide(AskInterpreter(), done="已请求口译员")

    def action_repeat(self) -> None:
        """Have one question asked again."""
        if not self.may_decide():
            return

        async def chosen(question: str | None) -> None:
            if question is not None:
                asked = words.question_named(question)
                await self.decide(RepeatQuestion(question=question), done=f"已请求重问：{asked} · Enter 请患者作答")
                if self.seen.wanted:
                    self.query_one(Rows).choose(f"wanted/{self.seen.wanted[-1].number}")

        choices = {question: words.question_named(question) for question in asking_again.askable(self.seen.intake)}
        about = "请患者到护士站：选中“请求”一行按 Enter，屏幕用患者的语言显示这一题，有语音时读出来。"
        self.app.push_screen(ChooseDialog("重问哪一题？", choices, about=about, draft=self.is_draft), chosen)

    async def action_undo(self) -> None:
        """Take back the last decision."""
        if not self.may_decide():
            return
        last = review.undoable(self.seen)
        if last is None:
            self.say("没有可以撤销的修改。签名不能撤销：更正后重新签名。")
            return
        await self.decide(Undo(number=last.number), done=f"已撤销：{words.decision(last.body)}")

    # Looking and listening.

    async def action_play(self) -> None:
        """Play the seconds behind the chosen line."""
        row = self.row
        if row is None:
            return
        seconds = rows.spans(self.seen.intake, row.evidence)
        if not seconds or not self.has_audio:
            tapped = "录音已按规定清除，或没有录过。" if seconds else "这一条没有录音（点选、键入或护士添加）。"
            self.say(tapped)
            return
        listed = "、".join(f"{start:.1f}–{end:.1f} 秒" for start, end in seconds)
        self.say(f"♪ 播放 {listed} · 空格键停止")  # before: a loudspeaker that fails says so afterwards
        try:
            await self.ward.play(self.encounter_id, seconds)
        except KioskError as wrong:
            self.refuse(wrong)

    async def action_silence(self) -> None:
        """Stop playing."""
        await self.ward.ask(self.ward.desk.silence())
        self.say("")

    def action_next_open(self) -> None:
        """Go to the next line that must be decided before signing."""
        wanted = [open_key(each.kind, each.key) for each in self.seen.open]
        listed = [row.key for row in self.rows]
        places = sorted(listed.index(key) for key in wanted if key in listed)
        if not places:
            return
        now = self.query_one(Rows).highlighted
        later = [place for place in places if now is None or place > now]
        self.query_one(Rows).highlighted = later[0] if later else places[0]

    def action_text(self) -> None:
        """Show the note as it is printed."""
        self.app.push_screen(TextDialog(self.seen, self.ward.bidi))

    async def action_history(self) -> None:
        """Show who did what."""
        try:
            steps = await self.ward.ask(self.ward.desk.history(self.encounter_id, self.seen))
        except KioskError as wrong:
            self.refuse(wrong)
            return

        async def chosen(number: int | None) -> None:
            if number is not None and self.may_decide():
                await self.decide(Undo(number=number), done=f"已撤销第{number}步")

        self.app.push_screen(HistoryDialog(steps, self.ward.zone, draft=self.is_draft), chosen)

    async def action_engine(self) -> None:
        """Let another engine write it up."""
        if not self.may_decide():
            return
        code = self.seen.intake.language.code
        try:
            offers = await self.ward.ask(self.ward.desk.offers(code, audio_there=self.has_audio))
        except KioskError as wrong:
            self.refuse(wrong)
            return
        if not offers:
            self.say("没有其他可用的引擎（录音已清除，且没有安装翻译模型）。")
            return

        def done(seen: Review | None) -> None:
            if seen is not None:
                self.seen = seen
                self.draw()
                self.say("已按新引擎重做；之前的版本保留在修改历史中。")

        self.app.push_screen(RehearingDialog(self.encounter_id, self.seen, offers, draft=self.is_draft), done)

    # Ending.

    def action_sign(self) -> None:
        """Sign, or go to what is missing."""
        if not self.may_decide():
            return
        seen = self.seen
        if seen.state == "signed":
            self.say("已经签名。更正后可重新签名。")
            return
        if seen.open:
            choices = {open_key(each.kind, each.key): each.text for each in seen.open}

            def go(key: str | None) -> None:
                if key is not None:
                    self.query_one(Rows).choose(key)

            about = f"还有 {len(choices)} 项必须先处理。选一项去处理："
            self.app.push_screen(ChooseDialog("暂不能签名", choices, about=about, draft=True), go)
            return

        def signed(after: Review | None) -> None:
            if after is not None:
                self.seen = after
                self.draw()
                self.say("已签名。X 导出 · Esc 返回候诊列表")

        self.app.push_screen(SignDialog(self.encounter_id, seen, self.ward.bidi, self._reload), signed)

    async def _reload(self) -> None:
        """Somebody else changed it."""
        self.seen = await self.ward.ask(self.ward.desk.open(self.encounter_id))
        self.draw()

    def action_export(self) -> None:
        """Write the note out."""
        export(self.ward, self.encounter_id, draft=self.is_draft, say=self.say)

    def action_erase(self) -> None:
        """Erase on the patient's request."""

        async def erased(done: bool | None) -> None:
            if done:
                self.dismiss()

        self.app.push_screen(EraseDialog(self.encounter_id, self.ward.who), erased)

    async def action_back(self) -> None:
        """Back to the queue."""
        await self.ward.ask(self.ward.desk.silence())
        self.dismiss()


def open_key(kind: str, key: str) -> str:
    """Return the key of the line that something open stands in."""
    return key if kind == "rejected" else f"{kind}/{key}"


def _line(row: Row) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(width=2, no_wrap=True)
    grid.add_column(width=6, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    gone = row.line is not None and row.line.standing == "not_mentioned"
    style = "strike #94a3b8" if gone else "bold" if row.kind in ("flag", "complaint") else ""
    label = Text(
        row.label, style="#ff5d5d" if row.kind in ("flag", "warning") and row.style != rows.DONE else "#facc15"
    )
    grid.add_row(Text(row.mark), label, Text(clean(row.text), style=style), Text(row.state, style=row.style))
    return grid
