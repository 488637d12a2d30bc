"""``papermode verify``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.verify import no_packet, unread_scans, verify_packets
from papermode.cli.common import json_option, show_json, site_option
from papermode.config import find_site, load_site
from papermode.errors import ConfigError, ExitCode, StoreError
from papermode.store.site import SiteStore


@click.command("verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--card", type=click.Path(path_type=Path), help="Believe this root card only.")
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], card: Path | None, site_dir: Path | None, as_json: bool
) -> None:
    """Check packet folders (signature, PDF digest, layouts, claims). Usual: the site's packets and its store."""
    keys: Path | None = None
    store_faults: list[StoreError] = []
    unread: list[str] = []
    try:
        site = load_site(find_site(site_dir, Path.cwd()))
        keys = site.keys
        if not paths:
            store_faults, unread = _store(site.folder / "store")
        paths = paths or (site.packets,)
    except ConfigError:
        if not paths or site_dir is not None:
            raise
    found = verify_packets(paths, site_keys=keys, card=card)
    missing = [] if found else [no_packet(", ".join(map(str, paths)))]
    if as_json:
        show_json(
            {
                "packets": [p.as_dict() for p in found],
                "store": [e.as_dict() for e in store_faults],
                "unread": unread,
                "errors": [e.as_dict() for e in missing],
            }
        )
    else:
        for error in store_faults:
            click.echo(f"store: NOT GOOD: {error}")
        for words in unread:
            click.echo(f"store: {words}")
        for error in missing:
            click.echo(f"NOT GOOD: {error}")
        for p in found:
            click.echo(
                f"{p.folder}: {'good' if not p.faults else 'NOT GOOD'} ({p.pages} pages, trust: {p.trust or 'none'})"
            )
            for fault in p.faults:
                click.echo(f"    {fault}")
    bad = any(p.faults for p in found) or missing or store_faults
    ctx.exit(int(ExitCode.STORE if bad else ExitCode.DONE))


def _store(folder: Path) -> tuple[list[StoreError], list[str]]:
    """Check the site's journal and scanned files, where there are any; say which were not read."""
    if not folder.is_dir():
        return [], []
    with SiteStore(folder) as store:
        faults = store.verify()
        return faults, [] if faults else unread_scans(store)
