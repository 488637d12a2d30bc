"""The identity block, banner and footer of a page: who, as of when, and what must be on every page.

DESIGN 6.3: two person identifiers (never the bed), all allergies or where they stand, date and time of
the data and of the print, form and version, page x of y, ward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from papermode.geometry import Hmm, Rect
from papermode.plan.builder import leading
from papermode.plan.context import Run
from papermode.plan.facts import join
from papermode.plan.fill import Fills, fits_one_line
from papermode.plan.frame import FOOTER_STEP, Frame, frame_of
from papermode.plan.words import word
from papermode.typeset.wrap import wrap

NAME_SIZE = 1600
EXTRA_SIZE = 1100
WIDE_CHARS = 70
"""Two lines of the identity block are joined up to this length."""


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One line of the identity block; ``zero`` = slashed zeros, for identifiers."""

    text: str
    size: int = 1000
    bold: bool = False
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What the frame of a page says about its subject."""

    name: str
    extras: tuple[str, ...] = ()
    """Alerts and kin that must be on every page: deceased, restricted, mother, former MRN, name alert."""
    lines: tuple[HeadLine, ...] = ()
    allergies: tuple[str, ...] = ()
    """The banner's first line: the longest version that may be used first, then shorter ones."""
    alerts: tuple[tuple[str, ...], ...] = ()
    """The pieces of the banner's second line, each with a shorter version to fall back on."""
    wide: bool = False
    fits: bool = True


def patient_identity(context: Mapping[str, Any], run: Run, paper: Any) -> Identity:
    """Return the identity of a patient's pages; ``wide`` when the narrow block cannot hold it whole."""
    lang = run.style.language
    p, stay = context["patient"], context["stay"]
    extras = _extras(context, lang)
    mrn = f"{word(lang, 'mrn')} {p['mrn']}"
    born = f"{word(lang, 'born')} {p['born']}" if p["born"] else word(lang, "born_unknown")
    person = join((born, p["age"], p["sex"]))
    bed = f"{word(lang, 'bed')} {stay['bed']}" if stay["bed"] else word(lang, "no_bed")
    place = join((f"{word(lang, 'ward')} {stay['ward']}", bed))
    stay_line = f"{word(lang, 'encounter')} {stay['number']}" if stay["number"] else ""
    lines = (
        HeadLine(mrn, 1200, True, True),
        HeadLine(person, 1200),
        HeadLine(place),
        HeadLine(stay_line, zero=True),
        *_times(context, lang),
    )
    allergies, alerts = _banner(context, lang)
    return sized(Identity(p["name"] or word(lang, "unbound"), extras, lines, allergies, alerts), paper)


def _times(context: Mapping[str, Any], lang: str) -> tuple[HeadLine, ...]:
    return (
        HeadLine(f"{word(lang, 'data')} {context['as_of']}", 1400, True),
        HeadLine(f"{word(lang, 'printed')} {context['printed']}"),
    )


def ward_identity(run: Run, context: Mapping[str, Any], paper: Any) -> Identity:
    """Return the identity of a ward's own pages."""
    lang = run.style.language
    lines = (
        HeadLine(f"{word(lang, 'ward')} {run.ward.code}", 1200, True),
        HeadLine(run.site_name),
        *_times(context, lang),
    )
    return sized(Identity(run.ward.name or run.ward.code, (), lines, (word(lang, "all_patients"),)), paper)


def unbound_identity(run: Run, context: Mapping[str, Any], reserved: str, paper: Any) -> Identity:
    """Return the identity of an admission set: its reserved number, or that it is a copy master."""
    lang = run.style.language
    name = f"{reserved}" if reserved else word(lang, "copy_master")
    kind = word(lang, "reserved") if reserved else word(lang, "unbound")
    lines = (
        HeadLine(f"{word(lang, 'ward')} {run.ward.code}", 1200, True),
        HeadLine(run.site_name),
        HeadLine(f"{word(lang, 'printed')} {context['printed']}"),
    )
    return sized(Identity(name, (kind,), lines, (f"{word(lang, 'allergies')}: ______________________________",)), paper)


def _extras(context: Mapping[str, Any], lang: str) -> tuple[str, ...]:
    """Return what must stand beside the name on every page."""
    p = context["patient"]
    mother_mrn = p["mother_mrn"] and f"{word(lang, 'mrn')} {p['mother_mrn']}"
    mother = f"{word(lang, 'mother')}: {join((p['mother_name'], mother_mrn), ', ')}"
    out = [
        p["deceased"] and join((word(lang, "deceased"), p["deceased_at"]), " "),
        p["restricted"] and word(lang, "restricted"),
        p["mother_name"] and mother,
        p["birth_time"] and f"{word(lang, 'born_at')} {p['birth_time']}",
        p["birth_order"] and f"{word(lang, 'birth_order')} {p['birth_order']}",
        p["former_mrns"] and f"{word(lang, 'formerly')} {', '.join(p['former_mrns'])}",
        context["name_alert"] and word(lang, "name_alert"),
    ]
    return tuple(str(e) for e in out if e)


def _banner(context: Mapping[str, Any], lang: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the two lines of the banner as pieces with shorter versions."""
    head = word(lang, "allergies")
    texts = [e["text"] for e in context["allergies"]]
    state = context["state"]["allergies"]
    first: tuple[str, ...]
    if state:
        key = "allergies_partial" if texts else "allergies_unavailable"
        first = (f"{head}: {word(lang, key, time=context['as_of'])} · {word(lang, 'see_page_1')}",)
    elif texts:
        first = (f"{head}: {'; '.join(texts)}", word(lang, "n_allergies", n=len(texts)))
    else:
        first = (f"{head}: {context['empty']['allergies']}",)
    see = word(lang, "see_page_1")
    code, isolation, weight = context["code_status"], context["isolation"], context["weights"]
    code_state, flag_state, weight_state = (context["state"][n] for n in ("code_status", "isolation", "weights"))
    no_isolation = see if flag_state else word(lang, "isolation_none")
    no_weight = see if weight_state else word(lang, "weight_unknown")
    label = word(lang, "code_status")
    code_text = "; ".join(e["text"] for e in code) or (see if code_state else word(lang, "code_not_recorded"))
    second = (
        (
            f"{label}: {code_text} – {word(lang, 'as_charted')}" if code else f"{label}: {code_text}",
            f"{label}: {code_text}",
            f"{label}: {'; '.join(e['short'] for e in code) or code_text}",
            f"{label}: {see}",
        ),
        (
            f"{word(lang, 'isolation')}: {'; '.join(e['text'] for e in isolation) or no_isolation}",
            f"{word(lang, 'isolation')}: {see}",
        ),
        (
            f"{word(lang, 'weight')}: {weight[0]['text'] if weight else no_weight}",
            f"{word(lang, 'weight')}: {weight[0]['short'] if weight else see}",
            f"{word(lang, 'weight')}: {see}",
        ),
    )
    return first, second


def sized(identity: Identity, paper: Any) -> Identity:
    """Choose the narrow or the wide block; ``fits`` is False when not even the wide one holds the name."""
    narrow = frame_of(paper, wide=False)
    if (
        _height_of_name(identity, narrow.name.w) <= narrow.name.h
        and _height_of_lines(identity.lines, narrow.identity.w) <= narrow.identity.h
    ):
        return identity
    wide = frame_of(paper, wide=True)
    joined = _joined(identity.lines)
    need = _height_of_name(identity, wide.name.w) + _height_of_lines(joined, wide.identity.w)
    if need <= wide.identity.bottom - wide.name.y:
        return replace(identity, lines=joined, wide=True)
    return replace(identity, wide=True, fits=False)


def _joined(lines: tuple[HeadLine, ...]) -> tuple[HeadLine, ...]:
    """In the wide block two short lines share one: MRN and person, place and stay."""
    out: list[HeadLine] = []
    for line in lines:
        last = out[-1] if out else None
        if not line.text:
            continue
        if last is not None and last.size == line.size < 1400 and len(last.text) + len(line.text) < WIDE_CHARS:
            out[-1] = HeadLine(f"{last.text} · {line.text}", line.size, last.bold or line.bold, last.zero or line.zero)
        else:
            out.append(line)
    return tuple(out)


def _name_rows(identity: Identity, width: Hmm) -> list[tuple[str, int]]:
    rows = [(line, NAME_SIZE) for line in wrap(identity.name, NAME_SIZE, width, bold=True)]
    rows += [(line, EXTRA_SIZE) for line in wrap(" · ".join(identity.extras), EXTRA_SIZE, width, bold=True) if line]
    return rows


def _height_of_name(identity: Identity, width: Hmm) -> Hmm:
    return sum(leading(size) for _, size in _name_rows(identity, width))


def _identity_rows(lines: tuple[HeadLine, ...], width: Hmm) -> list[HeadLine]:
    return [
        replace(line, text=part)
        for line in lines
        if line.text
        for part in wrap(line.text, line.size, width, bold=line.bold)
    ]


def _height_of_lines(lines: tuple[HeadLine, ...], width: Hmm) -> Hmm:
    return sum(leading(line.size) for line in _identity_rows(lines, width))


def fill_identity(f: Fills, identity: Identity, frame: Frame) -> None:
    """Print name, identity block and banner of one page."""
    names = _name_rows(identity, frame.name.w)
    lines = _identity_rows(identity.lines, frame.identity.w)
    if not identity.fits:
        names, lines = _shortened(identity, frame, f.language)
    y = frame.name.y
    for text, size in names:
        f.line(frame.name.x, y, text, size, bold=True)
        y += leading(size)
    if identity.wide:  # a long name takes room from the lines below, and the other way round
        y = max(y, min(frame.identity.y, frame.identity.bottom - sum(leading(line.size) for line in lines)))
    else:
        y = frame.identity.y
    for line in lines:
        f.line(frame.identity.x, y, line.text, line.size, bold=line.bold, zero=line.zero)
        y += leading(line.size)
    _fill_banner(f, identity, frame.banner)


def _shortened(identity: Identity, frame: Frame, language: str) -> tuple[list[tuple[str, int]], list[HeadLine]]:
    """Return the rows of a head that cannot hold everything: what identifies, the times, and where the rest stands.

    The whole head is on the set's last page (:mod:`papermode.plan.sets`).
    """
    names = [(line, NAME_SIZE) for line in wrap(identity.name, NAME_SIZE, frame.name.w, bold=True)[:2]]
    names += [row for row in _name_rows(identity, frame.name.w) if row[1] == EXTRA_SIZE][:1]
    names.append((word(language, "too_long"), EXTRA_SIZE))
    first, *others = identity.lines
    lines = _identity_rows((first,), frame.identity.w)[:2]
    for line in dict.fromkeys((*others[:1], *others[-2:])):
        lines += _identity_rows((line,), frame.identity.w)[:1]
    return names, lines


def _fill_banner(f: Fills, identity: Identity, banner: Rect) -> None:
    """Print the banner's two lines, each piece in the longest version for which there is room."""
    for version in identity.allergies:
        if fits_one_line(version, 1000, banner.w, bold=True):
            f.line(banner.x, banner.y + 10, version, bold=True)
            break
    else:
        if identity.allergies:
            f.line(banner.x, banner.y + 10, wrap(identity.allergies[-1], 1000, banner.w, bold=True)[0], bold=True)
    pieces = [list(p) for p in identity.alerts]
    second = " · ".join(p[0] for p in pieces)
    while not fits_one_line(second, 1000, banner.w, bold=True) and any(len(p) > 1 for p in pieces):
        longest = max((p for p in pieces if len(p) > 1), key=lambda p: len(p[0]))
        longest.pop(0)
        second = " · ".join(p[0] for p in pieces)
    f.line(banner.x, banner.y + 10 + leading(1000), second, bold=True)


def fill_numbers(
    f: Fills,
    frame: Frame,
    run: Run,
    context: Mapping[str, Any],
    form_label: str,
    set_x: int,
    set_y: int,
    packet: str,
    serial: int,
    total: int,
) -> None:
    """Print what is known only when the packet is complete: page x of y, serial, packet."""
    lang = run.style.language
    note = frame.corner_note
    f.line(
        note.right, note.y, f"{word(lang, 'page')} {set_x} {word(lang, 'of')} {set_y}", 1200, bold=True, align="right"
    )
    f.line(note.right, note.y + 480, form_label, 1000, align="right")
    f.line(note.right, note.y + 900, f"{word(lang, 'ward')} {run.ward.code}", 1000, align="right")
    foot = frame.footer
    times = f"{word(lang, 'data')} {context['as_of']} · {word(lang, 'printed')} {context['printed']} · {run.zone_name}"
    serials = f"{run.site} · {word(lang, 'packet')} {packet} · {word(lang, 'serial')} {serial}/{total}"
    for n, text in enumerate((word(lang, "downtime_copy"), times, serials), 1):
        f.line(foot.x, foot.y + n * FOOTER_STEP, text, 1000)
