"""``papermode forms list | show | lint | preview``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.forms import lint_paths, preview
from papermode.app.sites import OpenSite, form_of, open_site, shipped_library
from papermode.cli.common import clock, json_option, now_option, show_json, site_option
from papermode.errors import ConfigError, ExitCode
from papermode.formdef.load import Library
from papermode.formdef.walk import items_of


@click.group("forms")
def command() -> None:
    """List, show, check and preview forms."""


def _opened(site_dir: Path | None) -> tuple[Library, OpenSite | None]:
    """Return the site's library, or the shipped one where there is no site."""
    try:
        opened = open_site(site_dir)
    except ConfigError as error:
        if error.code != "E101" or site_dir is not None:
            raise
        return shipped_library(), None
    return opened.library, opened


@command.command("list")
@site_option
@json_option
def list_(site_dir: Path | None, as_json: bool) -> None:
    """List all forms."""
    library, _ = _opened(site_dir)
    forms = sorted(library.by_id.values(), key=lambda f: f.id)
    if as_json:
        show_json(
            {
                "forms": [
                    {
                        "id": f.id,
                        "version": f.version,
                        "title": f.title.get("en"),
                        "subject": f.subject,
                        "source": f.source,
                    }
                    for f in forms
                ]
            }
        )
        return
    for f in forms:
        click.echo(f"{f.id:9} v{f.version}  {f.subject:8} {f.title.get('en')}")


@command.command("show")
@click.argument("form_id")
@site_option
@json_option
def show(form_id: str, site_dir: Path | None, as_json: bool) -> None:
    """Show what a form asks and prints."""
    library, _ = _opened(site_dir)
    form = form_of(library, form_id)
    rows = [
        {"link_id": i.link_id, "kind": i.kind, "label": i.label.get("en"), "code": i.code, "unit": i.unit}
        for _, i in items_of(form)
        if i.link_id
    ]
    if as_json:
        show_json(
            {
                "id": form.id,
                "version": form.version,
                "title": form.title.get("en"),
                "pages": len(form.pages),
                "items": rows,
            }
        )
        return
    click.echo(f"{form.id} v{form.version}: {form.title.get('en')} ({form.source})")
    for row in rows:
        click.echo(f"  {row['link_id']:22} {row['kind']:9} {row['label']} {row['unit']} {row['code']}".rstrip())


@command.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@site_option
@json_option
@click.pass_context
def lint(ctx: click.Context, paths: tuple[Path, ...], site_dir: Path | None, as_json: bool) -> None:
    """Check form files (usual: all forms of the library): what is unsafe is refused before it is printed."""
    library, _ = _opened(site_dir)
    findings = lint_paths(paths, library)
    if as_json:
        show_json(
            {
                "findings": [
                    {"code": f.code, "severity": f.severity, "place": f.place, "fault": f.fault, "cure": f.cure}
                    for f in findings
                ]
            }
        )
    else:
        for f in findings:
            click.echo(f"{f.severity}: {f.code} {f.place}: {f.fault} {f.cure}")
        errors = sum(f.severity == "error" for f in findings)
        click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    ctx.exit(int(ExitCode.FORM if any(f.severity == "error" for f in findings) else ExitCode.DONE))


@command.command("preview")
@click.argument("form_id")
@click.option("--ward", help="Use this ward's paper and language.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="FILE.pdf or FILE.png.")
@site_option
@now_option
@json_option
def preview_(
    form_id: str, ward: str | None, out: Path, site_dir: Path | None, now_text: str | None, as_json: bool
) -> None:
    """Draw a form as it would be printed for a patient of the example data; its codes are not valid."""
    library, opened = _opened(site_dir)
    pages = preview(form_id, library, opened, ward, out, clock(now_text))
    if as_json:
        show_json({"form": form_id, "out": str(out), "pages": pages})
    else:
        click.echo(f"{out}: {pages} pages")
