"""``papermode keys list | renew | card | revoke | export-root``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.sites import open_site
from papermode.cli.common import clock, json_option, moment, now_option, show_json, site_option
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


@command.command("revoke")
@click.argument("kid")
@click.option("--since", metavar="TIME", help="From when the key is not to be believed; usual: now.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="The root key, where it is not in the site's keys folder."
)
@site_option
@now_option
@json_option
def revoke(
    kid: str, since: str | None, root: Path | None, site_dir: Path | None, now_text: str | None, as_json: bool
) -> None:
    """Take key KID back: its pages go to a person, and it signs no more. Then renew."""
    from_time = moment(since, "--since") or clock(now_text)
    keys.revoke_key(open_site(site_dir).site.keys, kid, from_time, root=root)
    if as_json:
        show_json({"revoked": kid, "since": from_time.isoformat()})
    else:
        click.echo(f"revoked {kid}; now make the next key: papermode keys renew")


@command.command("export-root")
@click.argument("target", type=click.Path(path_type=Path))
@site_option
@json_option
def export_root(target: Path, site_dir: Path | None, as_json: bool) -> None:
    """Write the root key to TARGET, encrypted with a passphrase that is asked for (PKCS #12)."""
    folder = open_site(site_dir).site.keys
    passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    keys.export_root(folder, target, passphrase.encode())
    if as_json:
        show_json({"written": str(target)})
    else:
        click.echo(f"written: {target}. Check that it opens, then remove {folder / 'root.pem'} from this computer.")
