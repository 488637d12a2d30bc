"""``papermode reconcile``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.asked_again import asked_again
from papermode.app.desk import open_desk
from papermode.app.read_batch import Sources
from papermode.app.reconcile import Account, PacketState, PageState, reconcile
from papermode.app.sheets import spans, write_sheet
from papermode.app.sites import open_site
from papermode.cli.common import json_option, packets_option, say, show_json, site_option
from papermode.errors import ExitCode
from papermode.store.site import SiteStore


@click.command("reconcile")
@click.option("--packet", help="One packet's id; usual: every packet that is here.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write a sheet to print: FILE.pdf.")
@packets_option
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    packet: str | None,
    out: Path | None,
    packet_dirs: tuple[Path, ...],
    site_dir: Path | None,
    as_json: bool,
) -> None:
    """Say of every printed page where it is: back, unwritten, out, twice, in review, closed by the census."""
    opened = open_site(site_dir)
    sources = Sources.of(opened.site, packet_dirs)
    with SiteStore(opened.site.folder / "store") as store:
        account = reconcile(sources.manifests, store, packet, asked_again(open_desk(opened, store, packet_dirs)))
    lines = [line for p in account.packets for line in _lines(p)]
    if out is not None:
        write_sheet("Reconciliation", [*lines, *(f"Not accounted for: {fault}" for fault in account.faults)], out)
    if as_json:
        show_json({"packets": [p.as_dict() for p in account.packets], "errors": [e.as_dict() for e in account.faults]})
    else:
        for line in lines:
            click.echo(line)
    for fault in account.faults:
        say(f"papermode: {fault}")
    ctx.exit(int(_exit_code(account)))


def _exit_code(account: Account) -> ExitCode:
    if account.faults:
        return ExitCode.STORE
    waiting = any(s.counts()[w] for p in account.packets for s in p.sets for w in ("out", "in review", "twice"))
    return ExitCode.REVIEW if waiting else ExitCode.DONE


def _lines(p: PacketState) -> list[str]:
    """Return a packet as lines: one for the packet, one for each set; pages are named where a part of a set is out."""
    total = p.as_dict()
    lines = [f"{p.ward}  packet {p.packet}  printed {p.printed_at}  {total['pages']} pages: {_words(total['counts'])}"]
    for s in p.sets:
        who = f"MRN {s.mrn}" if s.mrn else s.encounter or "ward pages and copy masters"
        named = "".join(
            f"; {where}: {_sheets([q for q in s.pages if q.where == where])}"
            for where in ("out", "twice")
            if 0 < s.counts()[where] < len(s.pages)
        )
        lines.append(f"  {who}: {_words(dict(s.counts()))}{named}")
    return lines


def _sheets(pages: list[PageState]) -> str:
    """Return pages as their sheets say it: ``SUMMARY pages 1-2 of 18, MAR-S page 4 of 18``."""
    found: dict[tuple[str, int], list[int]] = {}
    for page in pages:
        number, of = page.place
        found.setdefault((page.form, of), []).append(number)
    return ", ".join(
        f"{form} page{'s' if len(numbers) > 1 else ''} {spans(numbers)} of {of}"
        for (form, of), numbers in found.items()
    )


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {where}" for where, n in sorted(counts.items()))
