"""``papermode snapshot load | show``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from papermode import intake
from papermode.app.sites import open_site
from papermode.app.snapshots import newest_stored, read_snapshot, store_snapshot
from papermode.cli.common import clock, json_option, moment, now_option, say, show_json, site_option
from papermode.model.snapshot import Snapshot

as_of_option = click.option(
    "--as-of", metavar="TIME", help="The data time; usual: the export's time, else the latest past event."
)


@click.group("snapshot")
def command() -> None:
    """Load patient data and say what is there and what is missing."""


@command.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_of_option
@site_option
@now_option
@json_option
def load(
    paths: tuple[Path, ...], as_of: str | None, site_dir: Path | None, now_text: str | None, as_json: bool
) -> None:
    """Load PATHS (FHIR R4 Bundles, NDJSON, census CSV; files or folders) and store the snapshot in the site."""
    site = open_site(site_dir).site
    snapshot = read_snapshot(paths, site.intake, as_of=moment(as_of, "--as-of"), now=clock(now_text))
    stored = store_snapshot(site, snapshot)
    _show(snapshot, stored, as_json)


@command.command("show")
@click.option(
    "--snapshot",
    "path",
    type=click.Path(path_type=Path),
    help="A stored snapshot or anything that can be loaded; usual: the newest stored.",
)
@as_of_option
@site_option
@now_option
@json_option
def show(path: Path | None, as_of: str | None, site_dir: Path | None, now_text: str | None, as_json: bool) -> None:
    """Say what a snapshot holds, and what is missing."""
    site = open_site(site_dir).site
    chosen = path or newest_stored(site)
    _show(read_snapshot([chosen], site.intake, as_of=moment(as_of, "--as-of"), now=clock(now_text)), chosen, as_json)


def _show(snapshot: Snapshot, place: Path, as_json: bool) -> None:
    report: dict[str, Any] = {"snapshot": str(place), **intake.describe(snapshot)}
    if as_json:
        show_json(report)
        return
    click.echo(
        f"{place}\ndata time {snapshot.as_of:%Y-%m-%d %H:%M %z} ({snapshot.as_of_how}), "
        f"{len(snapshot.records)} patients"
    )
    for ward in report.get("wards", []):
        click.echo(f"  {_line(ward)}")
    for name, part in report.get("parts", {}).items():
        click.echo(f"  {name:16} {_line(part)}")
    for problem in snapshot.problems:
        say(f"could not be read: {problem.file} line {problem.line}: {problem.what}: {problem.why}")
    unread = sum(len(r.unreadable) for r in snapshot.records)
    if unread:
        say(f"{unread} records could not be read; they are named on their patients' pages.")


def _line(value: Any) -> str:
    """Return a small dict as words."""
    if isinstance(value, dict):
        return "  ".join(f"{k} {_line(v)}" for k, v in value.items() if v not in (0, "", [], {}, None))
    if isinstance(value, list):
        return ", ".join(_line(v) for v in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
