"""All faults of a form file at once: an author corrects a file in one go, not one run per mistake."""

from __future__ import annotations

from collections.abc import Sequence

from papermode.errors import FormError


class FormFaults(FormError):  # noqa: N818 (several, where FormError is one)
    """The first fault found, with the ``others`` behind it."""

    def __init__(self, faults: Sequence[FormError]) -> None:
        """Keep ``faults`` (at least one), in the order of file and line."""
        first = faults[0]
        super().__init__(first.code, place=first.place, fault=first.fault, cure=first.cure)
        self.others: tuple[FormError, ...] = tuple(faults[1:])

    @property
    def all(self) -> tuple[FormError, ...]:
        """Every fault, the first one too."""
        first = FormError(self.code, place=self.place, fault=self.fault, cure=self.cure)
        return (first, *self.others)

    def __str__(self) -> str:
        """Say every fault, one a line."""
        return "\n".join(str(fault) for fault in self.all)
