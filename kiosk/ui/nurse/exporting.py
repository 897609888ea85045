"""A note leaves the station: in a file of the exports folder, or to the browser that shows the screens."""

from __future__ import annotations

import io
from collections.abc import Callable

from kiosk.errors import KioskError
from kiosk.ui.nurse import words
from kiosk.ui.nurse.base import Ward
from kiosk.ui.nurse.choosing import ChooseDialog

MIME = {"pdf": "application/pdf", "json": "application/json", "txt": "text/plain"}


def export(ward: Ward, encounter_id: str, *, draft: bool, say: Callable[..., None]) -> None:
    """Ask for a form, write the note out in it, and say where it is."""

    async def chosen(form: str | None) -> None:
        if form is None:
            return
        say(f"正在导出：{words.FORMS[form]} …")
        try:
            exported = await ward.ask(ward.desk.export(encounter_id, form, keep=not ward.is_web))
        except KioskError as wrong:
            say(words.error(wrong), bad=True)
            return
        marked = "（草稿）" if draft else ""
        if exported.path is not None:
            say(f"已导出{marked}：{exported.path}")
            return
        mime = MIME[exported.name.rpartition(".")[2]]
        ward.deliver_binary(io.BytesIO(exported.data), save_filename=exported.name, mime_type=mime)
        say(f"已导出{marked}：{exported.name}")

    about = "未签名：导出的文件标明“草稿”，不能归档。" if draft else "已签名的病历。导出会记入日志。"
    ward.push_screen(ChooseDialog("导出", words.FORMS, about=about, draft=draft), chosen)
