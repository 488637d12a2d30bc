"""The site folder: ``papermode.toml``, ward files, the site's own forms, keys.

::

    site/
      papermode.toml      code, name, zone, language, paper, defaults, intake
      wards/4W.toml       name, telephone numbers, steps, forms, paper
      forms/*.toml        the site's own forms and overlays
      keys/               see trust.keys
      snapshots/          stored snapshots
      packets/            what was printed

People write TOML; every fault names the file, the key and the cure.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from papermode.errors import ConfigError
from papermode.geometry import PAPERS
from papermode.intake.settings import DEFAULT_HIGH_ALERT, DEFAULT_TIMES, IntakeSettings

SITE_FILE: Final = "papermode.toml"
SITE_ENV: Final = "PAPERMODE_SITE"
SITE_CODE: Final = re.compile(r"[0-9A-Z.-]{1,8}")
DEFAULT_FORMS: Final = (
    "COVER",
    "LOG",
    "SUMMARY",
    "MAR-S",
    "MAR-H",
    "MAR-P",
    "MAR-I",
    "MAR-N",
    "MAR-X",
    "MAR-24",
    "VITALS",
    "VITALS2",
    "VITALS-N",
    "IO",
    "NURSE",
    "ORDERS",
    "PROGRESS",
    "ADMIT",
)
DEFAULT_STEPS: Final = (
    "Look at the DATA time at the top of each page: everything after it must be asked.",
    "Fill in the BRIDGE box of each patient: wristband, doses since the data time, pumps, new orders, code status.",
    "Send one person to read every running infusion pump against the infusion sheet.",
    "Give high-alert drugs and insulin on time: the list is on this page. Other doses: each patient's MAR.",
    "Identify every patient by two identifiers, never by bed. Read wristband and page aloud together.",
    "Write with a ballpoint pen, black or blue. One line through an error, initials, and mark V.",
    "Use one admission set with its reserved number for each new patient.",
    "Keep each patient's pages together; the set travels with the patient.",
    "Stick no label over a code or a printed name.",
    "When the EHR is back: mark the census, count the pages, hand everything in, also blank pages.",
)


@dataclass(frozen=True, slots=True)
class WardSettings:
    """What a site says about one ward."""

    code: str
    name: str = ""
    phones: tuple[str, ...] = ()
    steps: tuple[str, ...] = DEFAULT_STEPS
    forms: tuple[str, ...] = DEFAULT_FORMS
    paper: str = "a4"
    language: str = "en"
    admission_sets: int = 4


@dataclass(frozen=True, slots=True)
class Site:
    """A site folder's settings."""

    folder: Path
    code: str
    name: str
    zone: str
    defaults: WardSettings
    wards: Mapping[str, WardSettings]
    intake: IntakeSettings
    font_dirs: tuple[Path, ...] = ()
    stale_hours: int = 2
    extra: Mapping[str, Any] = field(default_factory=dict)

    def ward(self, code: str) -> WardSettings:
        """Return a ward's settings; a ward without a file gets the site's defaults."""
        found = self.wards.get(code)
        if found is not None:
            return found
        d = self.defaults
        return WardSettings(code, code, d.phones, d.steps, d.forms, d.paper, d.language, d.admission_sets)

    @property
    def keys(self) -> Path:
        """The folder of keys and cards."""
        return self.folder / "keys"

    @property
    def packets(self) -> Path:
        """Where packets are written when no --out is given."""
        return self.folder / "packets"

    @property
    def snapshots(self) -> Path:
        """Where snapshots are stored."""
        return self.folder / "snapshots"


def find_site(given: Path | None, start: Path) -> Path:
    """Return the site folder: given, from the environment, or the nearest upwards.

    Raises:
        ConfigError: E101, there is none.
    """
    if given is None and os.environ.get(SITE_ENV):
        given = Path(os.environ[SITE_ENV])
    if given is not None:
        if (given / SITE_FILE).is_file():
            return given
        raise ConfigError(
            "E101",
            place=str(given),
            fault=f"is no site folder: it has no {SITE_FILE}.",
            cure="Name a site folder, or make one with `papermode init DIR`.",
        )
    for folder in (start, *start.parents):
        if (folder / SITE_FILE).is_file():
            return folder
    raise ConfigError(
        "E101",
        place=str(start),
        fault=f"is not inside a site: no {SITE_FILE} here or above.",
        cure="Go to the site folder, use --site DIR, or make a site with `papermode init DIR`.",
    )


def load_site(folder: Path) -> Site:
    """Read a site's settings.

    Raises:
        ConfigError: E102 the file cannot be read, E103 a key or value is wrong.
    """
    path = folder / SITE_FILE
    table = _Table(path, _read(path))
    zone = table.text("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise table.fault(
            "zone", f"{zone!r} is no time zone.", "Use a name like Europe/Paris or America/New_York."
        ) from None
    code = table.text("site")
    if not SITE_CODE.fullmatch(code):
        raise table.fault(
            "site", f"{code!r} cannot be a site code.", "Use 1 to 8 of the letters A-Z, digits, hyphen and full stop."
        )
    language, paper = table.text("language", "en"), _paper(table, "a4")
    defaults = _ward(
        _Table(path, table.table("defaults"), "defaults"), "", WardSettings("", paper=paper, language=language)
    )
    intake = _intake(_Table(path, table.table("intake"), "intake"), zone)
    fonts = tuple(folder / d for d in _Table(path, table.table("fonts"), "fonts").texts("dirs", ()))
    site = Site(
        folder,
        code,
        table.text("name", code),
        zone,
        defaults,
        _wards(folder, defaults),
        intake,
        fonts,
        int(table.number("stale_hours", 2)),
    )
    table.done()
    return site


def _wards(folder: Path, defaults: WardSettings) -> dict[str, WardSettings]:
    wards = {}
    for path in sorted((folder / "wards").glob("*.toml")):
        table = _Table(path, _read(path))
        ward = _ward(table, table.text("code", path.stem), defaults)
        if ward.code in wards:
            raise table.fault("code", f"ward {ward.code} has two files.", "Remove one of them.")
        wards[ward.code] = ward
    return wards


def _ward(table: _Table, code: str, base: WardSettings) -> WardSettings:
    paper = _paper(table, base.paper)
    sets = int(table.number("admission_sets", base.admission_sets))
    if not 0 <= sets <= 99:
        raise table.fault("admission_sets", f"{sets} is out of range.", "Use 0 to 99.")
    ward = WardSettings(
        code,
        table.text("name", base.name or code),
        table.texts("phones", base.phones),
        table.texts("steps", base.steps),
        table.texts("forms", base.forms),
        paper,
        table.text("language", base.language),
        sets,
    )
    table.done()
    return ward


def _paper(table: _Table, usual: str) -> str:
    paper = table.text("paper", usual).lower()
    if paper not in PAPERS:
        raise table.fault("paper", f"{paper!r} is no paper papermode knows.", f"Use one of: {', '.join(PAPERS)}.")
    return paper


def _intake(table: _Table, zone: str) -> IntakeSettings:
    times = dict(DEFAULT_TIMES)
    for per_day, clocks in table.table("standard_times").items():
        if (
            not per_day.isdigit()
            or not isinstance(clocks, list)
            or not all(re.fullmatch(r"[0-2]\d:[0-5]\d", str(c)) for c in clocks)
        ):
            raise table.fault(
                "standard_times",
                f"{per_day!r} is not understood.",
                'Write doses a day and their times: 2 = ["08:00", "20:00"].',
            )
        times[int(per_day)] = tuple(clocks)
    settings = IntakeSettings(
        mrn_system=table.text("mrn_system", ""),
        zone=zone,
        standard_times=times,
        high_alert=tuple(w.lower() for w in table.texts("high_alert", DEFAULT_HIGH_ALERT)),
    )
    table.done()
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            "E102",
            place=str(path),
            fault=f"cannot be read ({error.strerror}).",
            cure="Check that it exists and that this user may read it.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            "E102", place=str(path), fault=f"is not TOML: {error}.", cure="Correct the line; texts stand in quotes."
        ) from error


class _Table:
    """A TOML table whose keys are asked for one by one; what is left over is a mistake."""

    def __init__(self, path: Path, values: Mapping[str, Any], name: str = "") -> None:
        self._path = path
        self._values = dict(values)
        self._name = name

    def fault(self, key: str, fault: str, cure: str) -> ConfigError:
        """Return the error for one key."""
        place = f"{self._path}, {self._name + '.' if self._name else ''}{key}"
        return ConfigError("E103", place=place, fault=fault, cure=cure)

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text."""
        value = self._values.pop(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "is missing." if value is None else "must be a text.", f'Write {key} = "…".')
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Take a list of texts."""
        value = self._values.pop(key, None)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.fault(key, "must be a list of texts.", f'Write {key} = ["…", "…"].')
        return tuple(value)

    def number(self, key: str, default: float) -> float:
        """Take a number."""
        value = self._values.pop(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.fault(key, "must be a number.", f"Write {key} = {default}.")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Take a sub-table."""
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "must be a table.", f"Write [{key}] on a line of its own.")
        return value

    def done(self) -> None:
        """Complain about keys that nobody asked for."""
        for key in self._values:
            raise self.fault(
                key, "is not a setting of papermode.", "Correct its spelling (see docs/operations.md) or remove it."
            )
