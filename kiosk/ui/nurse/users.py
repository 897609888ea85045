"""Who may log in: an administrator adds accounts, locks them out, gives new secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, OptionList, Static

from kiosk.errors import KioskError
from kiosk.store.accounts import Account, Role
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Dialog, Page, Rows
from kiosk.ui.nurse.cycle import Cycle


class UsersScreen(Page):
    """The accounts."""

    DEFAULT_CSS = "UsersScreen Rows { height: 1fr; }"
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "新账号"),
        Binding("enter", "secret", "新密码", key_display="Enter"),
        Binding("d", "disable", "停用/启用"),
        Binding("escape", "back", "返回"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, Account] = {}

    def content(self) -> ComposeResult:
        yield Rows(id="rows")

    async def on_mount(self) -> None:
        """List them."""
        self.banner(f"{self.ward.settings.site.name} · 账号")
        await self.reload()

    async def reload(self) -> None:
        """Ask for the accounts."""
        try:
            accounts = await self.ward.ask(self.ward.desk.accounts())
        except KioskError as wrong:
            self.refuse(wrong)
            return
        self._accounts = {each.name: each for each in accounts}
        now = self.ward.clock.now()
        lines = {}
        for each in accounts:
            line = Table.grid(expand=True, padding=(0, 1))
            line.add_column(width=20, no_wrap=True, overflow="ellipsis")
            line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
            line.add_column(width=8)
            line.add_column(width=16)
            locked = each.locked_until is not None and each.locked_until > now
            state = Text("停用", style="#ff5d5d") if each.disabled else Text("暂时锁定" if locked else "可用")
            line.add_row(Text(each.name), Text(each.full_name), Text(words.ROLES[each.role]), state)
            lines[each.name] = line
        self.query_one(Rows).show(lines)

    @property
    def account(self) -> Account | None:
        """The chosen account."""
        return self._accounts.get(self.query_one(Rows).chosen or "")

    async def _do(self, work: Awaitable[None], done: str) -> None:
        """Wait, and raise what went wrong."""
        await work
        await self.reload()
        self.say(done)

    def action_add(self) -> None:
        """Make an account."""

        async def keep(form: AccountForm) -> None:
            role: Role = "admin" if form.role == words.ROLES["admin"] else "nurse"
            made = self.ward.desk.add_account(form.text("name").strip(), form.text("full_name"), form.secret(), role)
            await self._do(self.ward.ask(made), f"已建立账号 {form.text('name').strip()}")

        self.app.push_screen(AccountForm("新账号", keep, is_new=True))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_secret()

    def action_secret(self) -> None:
        """Give a new secret."""
        account = self.account
        if account is None:
            return

        async def keep(form: AccountForm) -> None:
            await self._do(
                self.ward.ask(self.ward.desk.set_secret(account.name, form.secret())), f"{account.name} 的密码已更新"
            )

        self.app.push_screen(AccountForm(f"新密码：{account.full_name}（{account.name}）", keep, is_new=False))

    async def action_disable(self) -> None:
        """Lock out, or let in again."""
        account = self.account
        if account is None:
            return
        try:
            changed = self.ward.desk.disable(account.name, disabled=not account.disabled)
            await self._do(self.ward.ask(changed), f"{account.name} 已{'启用' if account.disabled else '停用'}")
        except KioskError as wrong:
            self.refuse(wrong)

    def action_back(self) -> None:
        """Back to the queue."""
        self.dismiss()


class AccountForm(Dialog[None]):
    """Name, full name, role and secret; or only a secret."""

    DEFAULT_CSS = """
    AccountForm Input { border: none; height: 1; background: $panel; padding: 0 1; }
    AccountForm Input:focus { background: $primary 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "保存", key_display="Ctrl+S", priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, heading: str, keep: Callable[[AccountForm], Awaitable[None]], *, is_new: bool) -> None:
        hint = "登录名：小写字母、数字 · 密码至少8个字符，或PIN至少6位数字 · Ctrl+S 保存 · Esc 取消"
        super().__init__(heading, hint=hint)
        self._keep = keep
        self._is_new = is_new

    def content(self) -> ComposeResult:
        if self._is_new:
            yield from self._field("登录名", Input(id="name", compact=True, max_length=200))
            yield from self._field("姓名", Input(id="full_name", compact=True, max_length=200))
            yield from self._field("角色", Cycle([*words.ROLES.values()], words.ROLES["nurse"], id="role"))
        for name, label in (("secret", "密码或PIN"), ("again", "再输一次")):
            yield from self._field(label, Input(id=name, password=True, compact=True, max_length=200))

    @staticmethod
    def _field(label: str, widget: Input | Cycle) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(Text(label), classes="label")
            yield widget

    @property
    def role(self) -> str:
        """The role's Chinese name."""
        return self.query_one(Cycle).value

    def text(self, name: str) -> str:
        """Return what was typed."""
        return self.query_one(f"#{name}", Input).value

    def secret(self) -> str:
        """Return the new secret."""
        return self.text("secret")

    def is_changed(self) -> bool:
        """Say whether something was typed."""
        return any(field.value for field in self.query(Input))

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "again":
            await self.action_save()
        else:
            self.focus_next()

    async def action_save(self) -> None:
        """Keep it."""
        if self.text("secret") != self.text("again"):
            self.refuse("两次输入的密码不一样。")
            return
        if self._is_new and not self.text("full_name").strip():
            self.refuse("请填写姓名：它会印在签名处。")
            return
        try:
            await self._keep(self)
        except KioskError as wrong:
            self.refuse(wrong)
        else:
            self.dismiss(None)
