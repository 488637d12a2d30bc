"""``papermode keys list | renew | card | revoke | export-root``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.sites import open_site
from papermode.cli.common import clock, json_option, now_option, show_json, site_option
from papermode.trust import keys


@click.group("keys")
def command() -> None:
    """List and renew the site's keys; show its card."""


@command.command("list")
@site_option
@now_option
@json_option
def list_(site_dir: Path | None, now_text: str | None, as_json: bool) -> None:
    """List all keys with their days and states."""
    found = keys.list_keys(open_site(site_dir).site.keys, clock(now_text))
    if as_json:
        show_json(
            {
                "keys": [
                    {
                        "kid": k.kid,
                        "state": k.state,
                        "private": k.private,
                        "first_day": str(k.first_day or ""),
                        "last_day": str(k.last_day or ""),
                    }
                    for k in found
                ]
            }
        )
        return
    for k in found:
        click.echo(f"{k.kid}  {k.state:12} {k.first_day} to {k.last_day}{'  signs here' if k.private else ''}")


@command.command("renew")
@click.option(
    "--root", type=click.Path(path_type=Path), help="The root key, where it is not in the site's keys folder."
)
@site_option
@now_option
@json_option
def renew(root: Path | None, site_dir: Path | None, now_text: str | None, as_json: bool) -> None:
    """Make the next 90-day key if the current one ends within 14 days."""
    made = keys.renew(open_site(site_dir).site.keys, clock(now_text), root=root)
    if as_json:
        show_json({"made": made.kid if made else None})
    else:
        click.echo(f"made key {made.kid}" if made else "no new key is needed yet")


@command.command("card")
@site_option
@json_option
def card(site_dir: Path | None, as_json: bool) -> None:
    """Show the site's public card: all that another machine needs to check its pages."""
    text = (open_site(site_dir).site.keys / "root.card").read_text("ascii").strip()
    if as_json:
        show_json({"card": text})
    else:
        click.echo(text)
