"""``papermode scan``."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from papermode.app.batch import ScanReport
from papermode.app.intake_scans import ScanStore, store_scans
from papermode.app.read_batch import Sources, read_batch
from papermode.app.scans import page_dict
from papermode.cli.common import json_option, packets_option, printed_name, progress, say, show_long_json, site_option
from papermode.config import Site, find_site, load_site
from papermode.errors import ConfigError, ExitCode, UsageFaultError


@click.command("scan")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@packets_option
@click.option("--card", type=click.Path(path_type=Path), help="Believe this root card only (root.card of the site).")
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    packet_dirs: tuple[Path, ...],
    card: Path | None,
    site_dir: Path | None,
    as_json: bool,
) -> None:
    """Read scanned PATHS: PDF, TIFF, JPEG, PNG, or folders of them, in any order.

    In a site the scans are stored for `papermode review`; without one nothing is stored.
    """
    for path in paths:
        if not path.exists():
            raise UsageFaultError(
                "E002", place=str(path), fault="does not exist.", cure="Name scanned files or folders."
            )
    site = _site(site_dir)
    sources = Sources.of(site, packet_dirs, card)
    with store_scans(site, getpass.getuser()) as kept:
        report = read_with_progress(paths, sources, kept)
        if kept is not None:
            say(f"stored {report.stored} images in {kept.folder}; next: papermode review")
    for fault in sources.manifests.faults:
        say(str(fault))
    show_report(report, sources, as_json=as_json)
    ctx.exit(int(exit_code(report)))


def read_with_progress(paths: Sequence[Path], sources: Sources, kept: ScanStore | None) -> ScanReport:
    """Read a heap, and tell the person how far it is."""
    with progress("read", None) as step:
        return read_batch(
            paths, sources, kept, lambda reading: step(f"{reading.file} page {reading.index + 1} {reading.status}")
        )


def show_report(report: ScanReport, sources: Sources, *, as_json: bool) -> None:
    """Print what was read."""
    if as_json:
        show_long_json("pages", report.pages(sources.manifests), report.account())
    else:
        _tell(report, sources)


def exit_code(report: ScanReport) -> ExitCode:
    """Return the exit code that tells how much waits for a person."""
    counts = Counter(r.status for r in report.readings)
    if counts["unreadable"] or counts["foreign"] or report.unknown:
        return ExitCode.UNIDENTIFIED
    return ExitCode.REVIEW if counts["review"] else ExitCode.DONE


def _site(given: Path | None) -> Site | None:
    """Return the site's settings; without a site scan works from the packet folders alone (DESIGN 5)."""
    if given is not None:
        return load_site(find_site(given, Path.cwd()))
    try:
        return load_site(find_site(None, Path.cwd()))
    except ConfigError as error:
        if error.code == "E101":
            return None
        raise


def _named(page: dict[str, Any]) -> str:
    """Return what an image is: as its sheet says it, or where the packet folder is not here, as its code does."""
    if page["form"] is None:
        return "–"
    if page["set"] is None:
        return f"{page['form']}, page {page['page']} of its packet"
    return printed_name(page["form"], page["set"])


def _tell(report: ScanReport, sources: Sources) -> None:
    for r in report.readings:
        sure = sum(a.state == "sure" for a in r.answers)
        unsure = sum(a.state == "unsure" for a in r.answers)
        name = _named(page_dict(r, sources.manifests))
        why = f"  ({'; '.join(r.why)})" if r.why else ""
        click.echo(f"{r.file} {r.index + 1}: {r.status}  {name}  {sure} sure, {unsure} unsure{why}")
    for alarm in report.alarms:
        click.echo(
            f"ALARM: reserved number {alarm['reserved']} came back on more than one sheet: two people may have it"
        )
    click.echo(
        f"{len(report.readings)} images; {len(report.missing)} printed pages still out; "
        f"{len(report.duplicates)} pages came more than once"
    )
