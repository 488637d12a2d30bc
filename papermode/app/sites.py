"""A site: making one, and opening one with its forms."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from papermode import config
from papermode.app.resources import forms_dir
from papermode.errors import ConfigError, FormError, PapermodeError
from papermode.formdef.lint import Finding, lint
from papermode.formdef.load import Library, load_library
from papermode.model.form import Form
from papermode.trust import keys
from papermode.typeset.shaping import use_font_dirs

SITE_TOML: Final = """# papermode site. Every key is described in docs/operations.md.
site = "{code}"            # in every page code; 1 to 8 of A-Z 0-9 - .
name = "{name}"
zone = "{zone}"
language = "en"
paper = "a4"

[defaults]
phones = []                # telephone numbers that work without the network

[intake]
# mrn_system = "http://hospital.example.org/identifiers/mrn"
"""
WARD_TOML: Final = """# One file a ward; the file's name is the ward's code as the EHR has it.
name = "Ward 1"
phones = ["Switchboard (analogue line): ____"]
"""


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A site's settings with its form library."""

    site: config.Site
    library: Library

    def get(self, form_id: str) -> Form:
        """Return a form by id; FormError E290 if there is none."""
        return form_of(self.library, form_id)

    def checked(self, form_ids: tuple[str, ...]) -> None:
        """Refuse forms that lint finds dangerous (domain.md R6).

        Raises:
            FormError: the first finding of severity error.
        """
        for form_id in form_ids:
            finding = _danger(self.get(form_id))
            if finding is not None:
                raise FormError(finding.code, place=finding.place, fault=finding.fault, cure=finding.cure)


@lru_cache(maxsize=256)
def _danger(form: Form) -> Finding | None:
    """Return the first thing that keeps a form from being printed: looked for once, not once a ward."""
    return next((f for f in lint(form) if f.severity == "error"), None)


def open_site(given: Path | None, start: Path | None = None) -> OpenSite:
    """Find and read a site; its own forms stand beside the shipped ones."""
    folder = config.find_site(given, start or Path.cwd())
    site = config.load_site(folder)
    use_font_dirs(site.font_dirs)
    return OpenSite(site, library_of(site))


def form_of(library: Library, form_id: str) -> Form:
    """Return a form by id.

    Raises:
        FormError: E290, there is no such form.
    """
    found = library.by_id.get(form_id)
    if found is None:
        known = ", ".join(sorted(library.by_id))
        raise FormError("E290", place=f"form {form_id}", fault="is not in the library.", cure=f"Use one of: {known}.")
    return found


def library_of(site: config.Site | None) -> Library:
    """Return the library of a site, or the shipped one where there is no site."""
    own = site.folder / "forms" if site is not None else None
    return load_library([forms_dir(), *([own] if own is not None and own.is_dir() else [])])


def shipped_library() -> Library:
    """Return the shipped forms alone."""
    return load_library([forms_dir()])


def system_zone() -> str:
    """Return the computer's IANA time zone, or UTC where it cannot be told."""
    zone = os.environ.get("TZ", "").lstrip(":")
    if zone and "/" in zone and not zone.startswith("/"):
        return zone
    link = Path("/etc/localtime")
    try:
        target = link.resolve().as_posix()
    except OSError:
        return "UTC"
    return target.split("/zoneinfo/", 1)[1] if "/zoneinfo/" in target else "UTC"


def init_site(folder: Path, now: datetime, *, code: str = "SITE") -> tuple[str, ...]:
    """Make a new site: settings, one ward, keys. Nothing is overwritten.

    Returns:
        Warnings for the person who ran it.

    Raises:
        ConfigError: E103, no page could carry the code; E104, the folder has a site already, or cannot be written.
    """
    if not config.SITE_CODE.fullmatch(code):
        raise ConfigError(
            "E103",
            place="--code",
            fault=f"{code!r} cannot be a site code.",
            cure="Use 1 to 8 of the letters A-Z, digits, hyphen and full stop.",
        )
    if (folder / config.SITE_FILE).exists():
        raise ConfigError("E104", place=str(folder), fault="is a site already.", cure="Choose another folder.")
    try:
        (folder / "wards").mkdir(parents=True, exist_ok=True)
        (folder / "forms").mkdir(exist_ok=True)
        (folder / config.SITE_FILE).write_text(
            SITE_TOML.format(code=code, name="Our hospital", zone=system_zone()), "utf-8"
        )
        (folder / "wards" / "W1.toml").write_text(WARD_TOML, "utf-8")
    except OSError as error:
        raise ConfigError(
            "E104",
            place=str(folder),
            fault=f"cannot be written ({error.strerror}).",
            cure="Choose a folder that this user may write.",
        ) from error
    make_keys(folder / "keys", code, now)
    return (
        f"{folder / 'keys' / 'root.pem'} is the site's root key. Move it off this computer now (USB stick in a safe): "
        "whoever has it can sign pages as this site.",
    )


def make_keys(folder: Path, code: str, now: datetime) -> None:
    """Make a root and a first operational key."""
    keys.create_root(folder, code)
    keys.create_operational(folder, now)


def safe(error: Exception) -> str:
    """Return an error's words for a report: ours as they are, anything else by its type only."""
    return str(error) if isinstance(error, PapermodeError) else type(error).__name__
