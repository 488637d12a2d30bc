"""The site folder: what may stand in its files, and that every mistake names file, key and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from papermode.app.resources import examples_dir
from papermode.config import DEFAULT_FORMS, SITE_ENV, WardSettings, find_site, load_site
from papermode.errors import ConfigError
from papermode.intake.settings import DEFAULT_TIMES

SITE = 'site = "RIVER"\n'


def make(folder: Path, text: str = SITE, **wards: str) -> Path:
    """Write a site with wards."""
    (folder / "wards").mkdir(parents=True)
    (folder / "papermode.toml").write_text(text, "utf-8")
    for name, ward in wards.items():
        (folder / "wards" / f"{name}.toml").write_text(ward, "utf-8")
    return folder


def test_the_least_site(tmp_path: Path) -> None:
    """This test ensures that a code is all a site needs: UTC, English, A4, the usual forms, two hours to stale."""
    site = load_site(make(tmp_path / "s"))
    assert (site.code, site.name, site.zone, site.stale_hours, site.wards) == ("RIVER", "RIVER", "UTC", 2, {})
    ward = site.ward("9Z")
    assert (ward.code, ward.name, ward.paper, ward.language, ward.admission_sets, ward.forms) == (
        "9Z",
        "9Z",
        "a4",
        "en",
        4,
        DEFAULT_FORMS,
    )
    assert site.intake.zone == "UTC"


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    """This test ensures that each key of the site and of a ward has its effect, and a ward's wins over the defaults."""
    text = """
site = "ST.MARY"
name = "Hôpital"
zone = "Europe/Paris"
language = "fr"
paper = "Letter"
stale_hours = 6
[defaults]
phones = ["15"]
forms = ["COVER"]
admission_sets = 0
[intake]
mrn_system = "urn:ipp"
high_alert = ["Morphine"]
[intake.standard_times]
2 = ["07:30", "19:30"]
[fonts]
dirs = ["fonts"]
"""
    site = load_site(
        make(
            tmp_path / "s",
            text,
            A='name = "Alpha"\npaper = "a4"\nphones = ["17"]\nsteps = ["Stop."]\n',
            x='code = "B/2"\nforms = ["LOG"]\nadmission_sets = 99\n',
        )
    )
    assert site.ward("A") == WardSettings("A", "Alpha", ("17",), ("Stop.",), ("COVER",), "a4", "fr", 0)
    assert site.ward("B/2").forms == ("LOG",)
    assert site.ward("B/2").admission_sets == 99
    assert site.ward("other").paper == "letter"
    assert site.font_dirs == (tmp_path / "s" / "fonts",)
    assert (site.intake.mrn_system, site.intake.high_alert, site.stale_hours) == ("urn:ipp", ("morphine",), 6)
    assert site.intake.standard_times[2] == ("07:30", "19:30")
    assert site.intake.standard_times[3] == DEFAULT_TIMES[3]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "site"),
        ("site = 7\n", "site"),
        ('site = "river"\n', "site"),
        ('site = "TOO-LONG-9"\n', "site"),
        ('site = ""\n', "site"),
        (SITE + 'zone = "Mars"\n', "zone"),
        (SITE + 'zone = "../etc"\n', "zone"),
        (SITE + 'paper = "a5"\n', "paper"),
        (SITE + "paper = 4\n", "paper"),
        (SITE + "colour = 1\n", "colour"),
        (SITE + 'stale_hours = "two"\n', "stale_hours"),
        (SITE + "stale_hours = true\n", "stale_hours"),
        (SITE + "defaults = 3\n", "defaults"),
        (SITE + '[defaults]\nphones = "15"\n', "defaults.phones"),
        (SITE + "[defaults]\nforms = [1]\n", "defaults.forms"),
        (SITE + "[defaults]\nadmission_sets = 100\n", "defaults.admission_sets"),
        (SITE + "[defaults]\nadmission_sets = -1\n", "defaults.admission_sets"),
        (SITE + "[defaults]\nfrms = []\n", "defaults.frms"),
        (SITE + "[intake]\nmrnsystem = 'x'\n", "intake.mrnsystem"),
        (SITE + "[intake.standard_times]\n2 = ['8']\n", "intake.standard_times"),
        (SITE + "[intake.standard_times]\ntwice = ['08:00']\n", "intake.standard_times"),
        (SITE + "[fonts]\ndirs = 'x'\n", "fonts.dirs"),
    ],
)
def test_mistakes_in_the_site(tmp_path: Path, text: str, key: str) -> None:
    """This test ensures that a wrong or unknown key is refused with E103, its file, its name and what to write."""
    with pytest.raises(ConfigError) as caught:
        load_site(make(tmp_path / "s", text))
    error = caught.value
    assert (error.code, error.exit_code) == ("E103", 10)
    assert error.place == f"{tmp_path / 's' / 'papermode.toml'}, {key}"
    assert error.fault
    assert error.cure


@pytest.mark.parametrize(
    "ward", ['name = "A"\ncolour = 1\n', "paper = 'a5'\n", "admission_sets = 1000\n", "phones = 'x'\n", "code = 4\n"]
)
def test_mistakes_in_a_ward(tmp_path: Path, ward: str) -> None:
    """This test ensures that a mistake in a ward's file names that file."""
    with pytest.raises(ConfigError, match=r"E103 .*wards/A\.toml, "):
        load_site(make(tmp_path / "s", A=ward))


def test_two_files_for_one_ward(tmp_path: Path) -> None:
    """This test ensures that a ward is not set twice, the second silently."""
    with pytest.raises(ConfigError, match="two files"):
        load_site(make(tmp_path / "s", A="", B='code = "A"\n'))


@pytest.mark.parametrize("data", [b"site = ", b"\xff\xfe", b'site = "A"\nsite = "B"\n'])
def test_what_is_no_toml(tmp_path: Path, data: bytes) -> None:
    """This test ensures that a file that is no TOML, or not UTF-8, gives E102."""
    folder = make(tmp_path / "s")
    (folder / "papermode.toml").write_bytes(data)
    with pytest.raises(ConfigError, match="E102"):
        load_site(folder)


def test_finding_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This test ensures that the site is the one given, else that of the environment, else the nearest upwards."""
    monkeypatch.delenv(SITE_ENV, raising=False)
    outer = make(tmp_path / "outer")
    inner = make(outer / "inner")
    deep = inner / "a" / "b"
    deep.mkdir(parents=True)
    assert find_site(None, deep) == inner
    assert find_site(outer, deep) == outer
    monkeypatch.setenv(SITE_ENV, str(outer))
    assert find_site(None, deep) == outer
    assert find_site(inner, deep) == inner
    monkeypatch.setenv(SITE_ENV, str(deep))
    with pytest.raises(ConfigError, match="E101"):
        find_site(None, inner)
    monkeypatch.delenv(SITE_ENV)
    with pytest.raises(ConfigError, match="E101"):
        find_site(None, tmp_path)


def test_the_example_site() -> None:
    """This test ensures that the example that is shipped can be loaded and has its two wards."""
    site = load_site(examples_dir())
    assert set(site.wards) == {"4W", "OB"}
    assert site.zone == "America/New_York"
