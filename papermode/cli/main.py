"""The group of all commands, loaded one by one; errors -> messages and exit codes."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, Final

import click

from papermode import __version__
from papermode.errors import ExitCode, PapermodeError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "The whole loop on the example ward: print, fill, scan, read, compare."),
    "init": ("site", "Make a new site with keys, settings and one ward."),
    "forms": ("forms", "List, show, check and preview forms."),
    "snapshot": ("snapshot", "Load patient data and say what is there and what is missing."),
    "print": ("printing", "Print the downtime packets of one ward or all."),
    "scan": ("scan", "Read scanned pages."),
    "send": ("send", "Make the FHIR bundle of all confirmed answers."),
    "reconcile": ("reconcile", "Say of every printed page where it is: back, blank, missing, twice."),
    "review": ("review", "The local page on which people settle what the reader is unsure of."),
    "keys": ("keys", "List and renew the site's keys; show its card."),
    "verify": ("verify", "Check packet folders: signature, PDF, layouts."),
    "reindex": ("reindex", "Make the store's index anew from the journal."),
    "rebuild": ("rebuild", "Make a lost journal anew from the stored scans alone."),
    "doctor": ("doctor", "Check the site: settings, forms, keys, fonts."),
}
"""Command -> (module of ``papermode.cli``, one line of help): what ``--help`` shows without importing it."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"papermode.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command if not hasattr(module, "COMMANDS") else module.COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of papermode becomes its message and its exit code."""
        try:
            return super().invoke(ctx)
        except PapermodeError as error:
            _report(error)
            ctx.exit(int(error.exit_code))
        except BrokenPipeError:
            ctx.exit(int(ExitCode.BUG))


def _report(error: PapermodeError) -> None:
    """Print an error on stderr: for a person, or as JSON where the command was asked for JSON."""
    errors = (error, *getattr(error, "others", ()))
    if "--json" in sys.argv:
        click.echo(json.dumps({"errors": [e.as_dict() for e in errors]}, ensure_ascii=False), err=True)
        return
    for e in errors:
        click.echo(f"papermode: {e.code} {e.place}: {e.fault}", err=True)
        click.echo(f"           {e.cure}", err=True)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="papermode")
def cli() -> None:
    """Printable EHR-downtime packets, and the way back from paper to data.

    The site is the nearest folder upwards with a papermode.toml, or --site DIR, or PAPERMODE_SITE.
    Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 a bug, 2 usage, 10-19 errors by family,
    100 pages await review, 101 some pages unidentified, 102 printed with problems named on paper.
    """
