"""``papermode rebuild``."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from papermode.app.read_batch import Sources
from papermode.app.restore import begin_anew
from papermode.cli.common import json_option, packets_option, say, site_option
from papermode.cli.scan import exit_code, read_with_progress, show_report
from papermode.config import find_site, load_site


@click.command("rebuild")
@packets_option
@site_option
@json_option
@click.pass_context
def command(ctx: click.Context, packet_dirs: tuple[Path, ...], site_dir: Path | None, as_json: bool) -> None:
    """Make a lost journal anew from the stored scans alone.

    Everything is read again. What people had decided is lost and has to be decided again; what was filed keeps its
    ids, so that filing it again changes nothing.
    """
    site = load_site(find_site(site_dir, Path.cwd()))
    sources = Sources.of(site, packet_dirs)
    with begin_anew(site, getpass.getuser()) as anew:
        if anew.aside is not None:
            say(f"the damaged journal is now {anew.aside}")
        report = read_with_progress(anew.scans, sources, anew.kept)
        say(f"stored {report.stored} images of {len(anew.scans)} stored scans; next: papermode review")
    show_report(report, sources, as_json=as_json)
    ctx.exit(int(exit_code(report)))
