"""`papermode doctor`, `forms` and `keys`."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import NOW_OPTION as NOW
from tests.cli.conftest import print_ob, run


def test_doctor(small: Path, tmp_path: Path) -> None:
    """This test ensures that doctor finds nothing bad in a good site, and a missing snapshot and key in a bad one."""
    bad = run("doctor", "--site", small, "--json", *NOW, code=10).json
    assert {c["what"] for c in bad["checks"] if c["state"] == "bad"} == {"snapshot"}
    run("snapshot", "load", small / "snapshot", "--site", small, *NOW, code=0)
    good = run("doctor", "--site", small, "--json", *NOW, code=0).json
    assert {c["state"] for c in good["checks"]} <= {"good", "warning"}
    shutil.rmtree(small / "keys")
    assert "keys" in {
        c["what"] for c in run("doctor", "--site", small, "--json", *NOW, code=10).json["checks"] if c["state"] == "bad"
    }


def test_forms(site: Path, tmp_path: Path) -> None:
    """This test ensures that forms are listed, shown, checked and drawn, with and without a site."""
    listed = run("forms", "list", "--site", site, "--json", code=0).json["forms"]
    assert {"COVER", "SUMMARY", "MAR-S", "ADMIT", "NOTES"} <= {f["id"] for f in listed}
    shown = run("forms", "show", "VITALS", "--site", site, "--json", code=0).json
    assert {"v.pulse", "v.oxygen", "v.total"} <= {i["link_id"] for i in shown["items"]}
    assert run("forms", "show", "NOSUCH", "--site", site).code == 11
    for suffix in ("pdf", "png"):
        out = tmp_path / f"x.{suffix}"
        drawn = run("forms", "preview", "VITALS", "--out", out, "--site", site, "--json", *NOW, code=0).json
        assert drawn["pages"] == 2
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["x-1.png", "x-2.png"]


def test_a_dangerous_form_is_not_printed(small: Path, tmp_path: Path) -> None:
    """This test ensures that a form that lint refuses keeps the ward from being printed, by its code."""
    head = 'id = "BAD"\nversion = 1\ntitle = "Bad"\n[[page]]\n[[page.section]]\n[[page.section.item]]\n'
    form = head + 'kind = "text"\ntext = "Give 10 U QD"\n'
    (small / "forms").mkdir(exist_ok=True)
    (small / "forms" / "bad.toml").write_text(form)
    (small / "wards" / "OB.toml").write_text('forms = ["BAD"]\n')
    ran = print_ob(small, tmp_path / "out")
    assert ran.code == 11
    assert "E229" in ran.err
    assert run("forms", "lint", small / "forms", "--site", small).code == 11


def test_keys(small: Path) -> None:
    """This test ensures that keys are listed with their days, and the card is the public one."""
    listed = run("keys", "list", "--site", small, "--json", *NOW, code=0).json["keys"]
    assert [k["private"] for k in listed if k["state"] == "current"] == [True]
    card = run("keys", "card", "--site", small, "--json", code=0).json["card"]
    assert card.startswith("PMR1 ")
    assert "PRIVATE" not in card
    assert run("keys", "renew", "--site", small, "--json", *NOW, code=0).json == {"made": None}
