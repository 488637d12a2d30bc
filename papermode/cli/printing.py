"""``papermode print``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from papermode.app.packets import print_packets
from papermode.app.sites import open_site
from papermode.app.snapshots import newest_stored, read_snapshot
from papermode.cli.common import clock, json_option, moment, now_option, progress, say, show_json, site_option
from papermode.cli.snapshot import as_of_option
from papermode.errors import ExitCode
from papermode.trust.keys import key_warning


@click.command("print")
@click.option(
    "--ward",
    "wards",
    multiple=True,
    help="A ward's code; may be given more than once. Usual: every ward in the snapshot.",
)
@click.option(
    "--snapshot",
    "path",
    type=click.Path(path_type=Path),
    help="A stored snapshot or anything that can be loaded; usual: the newest stored.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where the packet folders go; usual: packets/ in the site."
)
@as_of_option
@site_option
@now_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    wards: tuple[str, ...],
    path: Path | None,
    out: Path | None,
    as_of: str | None,
    site_dir: Path | None,
    now_text: str | None,
    as_json: bool,
) -> None:
    """Print the downtime packets: one folder a ward, with packet.pdf and manifest.json."""
    opened = open_site(site_dir)
    now = clock(now_text)
    snapshot = read_snapshot(
        [path or newest_stored(opened.site)], opened.site.intake, as_of=moment(as_of, "--as-of"), now=now
    )
    with progress("printed", len(wards) or None) as step:
        printed = print_packets(opened, snapshot, wards=wards, out=out or opened.site.packets, now=now, progress=step)
    if as_json:
        show_json({"snapshot": _about(snapshot), "packets": [p.as_dict() for p in printed]})
    else:
        for p in printed:
            click.echo(f"{p.ward}: {p.patients} patients, {p.pages} pages: {p.folder / 'packet.pdf'}")
    warning = key_warning(opened.site.keys, now)
    if warning:
        say(f"WARNING: {warning}")
    hours = (now - snapshot.as_of).total_seconds() / 3600
    if hours > opened.site.stale_hours:
        say(f"WARNING: the data are {hours:.0f} h old (limit {opened.site.stale_hours} h).")
    for p in printed:
        for problem in p.problems:
            say(f"{p.ward}: {problem} (named on paper)")
    ctx.exit(int(ExitCode.PROBLEMS if any(p.problems for p in printed) else ExitCode.DONE))


def _about(snapshot: Any) -> dict[str, Any]:
    return {
        "as_of": snapshot.as_of.isoformat(),
        "as_of_how": snapshot.as_of_how,
        "patients": len(snapshot.records),
        "sources": [{"name": s.name, "kind": s.kind, "records": s.records} for s in snapshot.sources],
        "unreadable": len(snapshot.problems) + sum(len(r.unreadable) for r in snapshot.records),
    }
