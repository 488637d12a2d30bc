"""``papermode reindex``."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from papermode.cli.common import json_option, show_json, site_option
from papermode.config import find_site, load_site
from papermode.store.site import SiteStore


@click.command("reindex")
@site_option
@json_option
def command(site_dir: Path | None, as_json: bool) -> None:
    """Make the store's index anew from the journal, which is the truth."""
    site = load_site(find_site(site_dir, Path.cwd()))
    with SiteStore(site.folder / "store") as store:
        store.reindex(getpass.getuser())
        counts = dict(sorted(store.progress().items()))
    if as_json:
        show_json({"images": counts})
    else:
        click.echo("index made anew: " + (", ".join(f"{n} {state}" for state, n in counts.items()) or "no images"))
