"""Layouts made anew from the forms, for pages whose packet folder is lost (DESIGN 3, lock 3).

Every side of a form in every variant is laid out once, and found again by the first 30 bits of its id that
the claim carries. What the rows meant is lost with the manifest: answers then have their row numbers only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from papermode.errors import PapermodeError
from papermode.formdef.load import Library
from papermode.geometry import PAPERS
from papermode.model.claim import Claim
from papermode.model.form import Form
from papermode.model.layout import Layout, layout_tag
from papermode.plan.sheets import Variant, continuation_of, sheet_of
from papermode.plan.words import LANGUAGES
from papermode.scan.lookup import PageInfo


class Rebuilt:
    """The layouts of a form library, by form, version and layout tag."""

    def __init__(self, load: Callable[[], Library]) -> None:
        """Keep how to load the library; it is loaded when it is first asked for, and a broken one knows nothing."""
        self._load = load
        self._known: dict[tuple[str, int], dict[str, Layout]] = {}

    def by_claim(self, claim: Claim, text: str) -> PageInfo | None:
        """Return the page's layout, or ``None`` if no side of that form version has the claim's tag."""
        form = self._library.versions.get((claim.form, claim.version)) if self._library else None
        if form is None:
            return None
        key = (form.id, form.version)
        if key not in self._known:
            self._known[key] = self._layouts(form)
        layout = self._known[key].get(claim.layout_tag)
        return None if layout is None else PageInfo(layout, text)

    def is_master(self, claim: Claim) -> bool:
        """Tell whether a claim is that of a copy master: bound to nobody, made to be photocopied.

        A form that is not known here may be one: its pages must not pass for a ward's own.
        """
        return not claim.mrn and not claim.encounter and self.subject(claim.form) in ("unbound", "")

    def subject(self, form_id: str) -> str:
        """Return whose pages a form makes: patient, ward or unbound; '' for an unknown form."""
        form = self._library.by_id.get(form_id) if self._library else None
        return form.subject if form is not None else ""

    @cached_property
    def _library(self) -> Library | None:
        try:
            return self._load()
        except PapermodeError:
            return None

    @cached_property
    def _variants(self) -> tuple[Variant, ...]:
        return tuple(
            Variant(paper, language, wide=wide)
            for paper in PAPERS.values()
            for language in LANGUAGES
            for wide in (False, True)
        )

    def _layouts(self, form: Form) -> dict[str, Layout]:
        found: dict[str, Layout] = {}
        for variant in self._variants:
            try:
                sheets = [sheet_of(form, n, variant) for n in range(len(form.pages))]
                sheets.append(continuation_of(form, variant))
            except PapermodeError:
                continue  # A side that cannot be laid out was never printed.
            found.update({layout_tag(s.layout.id): s.layout for s in sheets})
        return found
