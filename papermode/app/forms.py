"""Forms: checking files, and a preview with an example patient."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from papermode.app.resources import examples_dir
from papermode.app.sites import OpenSite, form_of, make_keys
from papermode.app.snapshots import read_snapshot
from papermode.config import WardSettings
from papermode.errors import FormError, PapermodeError, UsageFaultError
from papermode.formdef.lint import Finding, lint
from papermode.formdef.load import Library, load_form
from papermode.geometry import PAPERS
from papermode.intake.settings import IntakeSettings
from papermode.model.form import Form
from papermode.model.packet import Packet
from papermode.plan.context import Run, Ward
from papermode.plan.facts import Style
from papermode.plan.packets import NOTES_FORM, Job, plan_packet
from papermode.plan.sheets import Variant, sheet_of
from papermode.printing.pdf import save_packet
from papermode.simulate.scans import save_pictures
from papermode.trust.keys import load_signer


def lint_paths(paths: Sequence[Path], library: Library) -> list[Finding]:
    """Check forms: what lint knows, and whether every side can be laid out on every paper."""
    forms: list[Form] = []
    findings: list[Finding] = []
    if not paths:
        forms = sorted(library.by_id.values(), key=lambda f: f.id)
    for path in paths:
        for file in sorted(path.rglob("*.toml")) if path.is_dir() else [path]:
            try:
                forms.append(load_form(file, library))
            except FormError as error:
                findings += [_finding(e) for e in (error, *getattr(error, "others", ()))]
    for form in forms:
        findings += lint(form)
        findings += _layout_findings(form)
    return findings


def _layout_findings(form: Form) -> list[Finding]:
    out: dict[str, Finding] = {}
    for paper in PAPERS.values():
        for number in range(len(form.pages)):
            try:
                sheet_of(form, number, Variant(paper, form.language))
            except PapermodeError as error:
                out.setdefault(str(error), _finding(error))
    return list(out.values())


def _finding(error: PapermodeError) -> Finding:
    return Finding(error.code, "error", error.place, error.fault, error.cure)


def preview(form_id: str, library: Library, opened: OpenSite | None, ward: str | None, out: Path, now: datetime) -> int:
    """Draw a form for a patient of the example data; return the number of pages.

    Raises:
        UsageFaultError: E003, the file is neither .pdf nor .png.
        FormError: E290, no such form; E291, the form is printed for none of the example patients.
    """
    if out.suffix.lower() not in (".pdf", ".png"):
        raise UsageFaultError(
            "E003", place=str(out), fault="is neither a PDF nor a PNG.", cure="Name a file that ends in .pdf or .png."
        )
    form = form_of(library, form_id)
    settings = opened.site.ward(ward or "PREVIEW") if opened else WardSettings(ward or "PREVIEW")
    packet = _example_packet(form, library, settings, now)
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "preview.pdf"
        save_packet(packet, pdf)
        if out.suffix.lower() == ".pdf":
            out.write_bytes(pdf.read_bytes())
        else:
            save_pictures(pdf, out)
    return len(packet.pages)


class _OneForm:
    """A library in which the wanted form is asked for by its id."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def get(self, form_id: str) -> Form:
        """Return a form of the library."""
        return form_of(self._library, form_id)


def _example_packet(form: Form, library: Library, settings: WardSettings, now: datetime) -> Packet:
    """Plan the form for the first example patient that it is printed for."""
    snapshot = read_snapshot(
        [examples_dir() / "snapshot"], IntakeSettings(zone="America/New_York"), as_of=None, now=now
    )
    ward = Ward(
        settings.code,
        settings.name,
        settings.phones,
        settings.steps,
        (form.id,),
        settings.paper,
        settings.language,
        1 if form.subject == "unbound" else 0,
    )
    run = Run(
        "EXAMPLE",
        "Example",
        "America/New_York",
        Style(ZoneInfo("America/New_York"), settings.language),
        now,
        snapshot.as_of,
        ward,
    )
    with tempfile.TemporaryDirectory() as folder:
        make_keys(Path(folder) / "keys", "EXAMPLE", now)
        signer = load_signer(Path(folder) / "keys", now)
    records = snapshot.records if form.subject == "ward" else ()
    if form.subject != "patient":
        packet = plan_packet(Job(run, records, _OneForm(library), signer, signer.cards, (), form.id.encode()))
        return replace(packet, pages=tuple(p for p in packet.pages if p.form != NOTES_FORM or form.id == NOTES_FORM))
    for record in snapshot.records:
        packet = plan_packet(Job(run, (record,), _OneForm(library), signer, signer.cards, (), form.id.encode()))
        pages = tuple(p for p in packet.pages if p.form == form.id)
        if pages:
            return replace(packet, pages=pages)
    raise FormError(
        "E291",
        place=f"form {form.id}",
        fault="is printed for none of the example patients.",
        cure="Check its `when`, or print it for a patient of your own.",
    )
