"""``papermode reconcile``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.account_lines import AccountLines
from papermode.app.desk import open_desk
from papermode.app.read_batch import Sources
from papermode.app.reconcile import Account, reconcile
from papermode.app.sheets import write_sheet
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
    """Say of every printed page where it is: back, unwritten, out, twice, in review, closed by the census.

    Sheets that are to be scanned again are named by file and page of the scan.
    """
    opened = open_site(site_dir)
    sources = Sources.of(opened.site, packet_dirs)
    with SiteStore(opened.site.folder / "store") as store:
        account = reconcile(sources.manifests, store, open_desk(opened, store, sources), packet)
    words = AccountLines(opened.site.defaults.language, opened.site.zone)
    lines = words.lines(account)
    if out is not None:
        write_sheet(words.title, [*lines, *words.faults(account)], out, language=words.language)
    if as_json:
        show_json(account.as_dict())
    else:
        for line in lines:
            click.echo(line)
    for fault in account.faults:
        say(f"papermode: {fault}")
    ctx.exit(int(_exit_code(account)))


def _exit_code(account: Account) -> ExitCode:
    if account.faults:
        return ExitCode.STORE
    return ExitCode.REVIEW if account.waits else ExitCode.DONE
