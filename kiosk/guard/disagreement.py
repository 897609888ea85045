"""What the guard finds."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.encounter import Caution


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One critical token that differs; ``detail`` is Chinese for the nurse and quotes nobody.

    Attributes:
        counted: only the numbers of negations differ, no name of anything does.
    """

    kind: str
    detail: str
    counted: bool = False

    def caution(self) -> Caution:
        """Return it as a warning that blocks signing."""
        return Caution(kind=self.kind, detail=f"机器译文与原话不一致：{self.detail}，请核对", blocking=True)
