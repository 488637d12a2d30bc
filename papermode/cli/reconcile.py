"""``papermode reconcile``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.reconcile import PacketState, reconcile
from papermode.app.sheets import write_sheet
from papermode.cli.common import json_option, show_json, site_option
from papermode.config import find_site, load_site
from papermode.errors import ExitCode
from papermode.store import Manifests
from papermode.store.site import SiteStore


@click.command("reconcile")
@click.option("--packet", help="One packet's id; usual: every packet of the site.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write a sheet to print: FILE.pdf.")
@site_option
@json_option
@click.pass_context
def command(ctx: click.Context, packet: str | None, out: Path | None, site_dir: Path | None, as_json: bool) -> None:
    """Say of every printed page where it is: back, unwritten, out, twice, in review, closed by the census."""
    site = load_site(find_site(site_dir, Path.cwd()))
    with SiteStore(site.folder / "store") as store:
        found = reconcile(Manifests((site.packets,)), store, packet)
    if out is not None:
        write_sheet("Reconciliation", [line for p in found for line in _lines(p)], out)
    if as_json:
        show_json({"packets": [p.as_dict() for p in found]})
    else:
        for p in found:
            for line in _lines(p):
                click.echo(line)
    still_out = any(s.counts()[w] for p in found for s in p.sets for w in ("out", "in review", "twice"))
    ctx.exit(int(ExitCode.REVIEW if still_out else ExitCode.DONE))


def _lines(p: PacketState) -> list[str]:
    """Return a packet as lines: one for the packet, one for each set."""
    total = p.as_dict()
    lines = [f"{p.ward}  packet {p.packet}  printed {p.printed_at}  {total['pages']} pages: {_words(total['counts'])}"]
    for s in p.sets:
        who = f"MRN {s.mrn}" if s.mrn else s.encounter or "ward pages and copy masters"
        out = [str(q.page) for q in s.pages if q.where in ("out", "twice")]
        lines.append(f"  {who}: {_words(dict(s.counts()))}" + (f"; pages {', '.join(out)}" if out else ""))
    return lines


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {where}" for where, n in sorted(counts.items()))
