"""Doctor: is the site fit to print tonight? Every finding says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from papermode.app.intake_scans import FOLDER, store_of
from papermode.app.sites import OpenSite, safe
from papermode.app.snapshots import newest_stored, read_snapshot
from papermode.app.verify import unread_scans
from papermode.errors import PapermodeError
from papermode.plan.packets import NOTES_FORM
from papermode.trust.keys import key_warning, signing_key
from papermode.typeset.shaping import coverage


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    state: Literal["good", "warning", "bad"]
    words: str


def examine(opened: OpenSite, now: datetime) -> list[Check]:
    """Look at keys, forms, the newest snapshot with the characters of its names, and scans that were not read."""
    return [*_keys(opened, now), *_forms(opened), *_snapshot(opened, now), *_scans(opened)]


def _keys(opened: OpenSite, now: datetime) -> list[Check]:
    folder = opened.site.keys
    out = []
    try:
        signing, warning = signing_key(folder, now), key_warning(folder, now)
    except PapermodeError as error:
        return [Check("keys", "bad", safe(error))]
    if warning:
        out.append(Check("keys", "bad", warning))
    else:
        out.append(Check("keys", "good", f"key {signing.kid} signs until {signing.last_day}"))
    if (folder / "root.pem").exists():
        out.append(
            Check(
                "root key",
                "warning",
                f"{folder / 'root.pem'} is on this computer: move it to paper or a USB stick in a safe",
            )
        )
    return out


def _forms(opened: OpenSite) -> list[Check]:
    wanted = {f for w in (*opened.site.wards.values(), opened.site.ward("")) for f in w.forms} | {NOTES_FORM}
    out = []
    for form_id in sorted(wanted):
        try:
            opened.checked((form_id,))
        except PapermodeError as error:
            out.append(Check(f"form {form_id}", "bad", safe(error)))
    return out or [Check("forms", "good", f"{len(wanted)} forms can be printed")]


def _scans(opened: OpenSite) -> list[Check]:
    """Look for files that a scan had received before it was ended; without a store nothing is made."""
    if not (opened.site.folder / FOLDER).is_dir():
        return []
    try:
        with store_of(opened.site) as store:
            if store.fault is not None:
                raise store.fault
            return [Check("scans", "warning", words) for words in unread_scans(store)]
    except PapermodeError as error:
        return [Check("store", "warning", safe(error))]


def _snapshot(opened: OpenSite, now: datetime) -> list[Check]:
    try:
        snapshot = read_snapshot([newest_stored(opened.site)], opened.site.intake, as_of=None, now=now)
    except PapermodeError as error:
        return [Check("snapshot", "bad", safe(error))]
    hours = (now - snapshot.as_of).total_seconds() / 3600
    state: Literal["good", "warning"] = "warning" if hours > opened.site.stale_hours else "good"
    out = [
        Check(
            "snapshot",
            state,
            f"{len(snapshot.records)} patients, {hours:.1f} h old (limit {opened.site.stale_hours} h)",
        )
    ]
    missing: dict[str, None] = {}
    for record in snapshot.records:
        for name in record.patient.names:
            for text in (name.family, *name.given, name.text):
                missing.update(dict.fromkeys(coverage(text)))
    if missing:
        codes = ", ".join(f"U+{ord(c):04X}" for c in missing)
        out.append(
            Check(
                "fonts",
                "warning",
                f"no font for {codes} in names of the census: install a font for that script or set fonts.dirs",
            )
        )
    else:
        out.append(Check("fonts", "good", "every name of the census can be printed"))
    return out
