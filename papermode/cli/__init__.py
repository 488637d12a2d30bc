"""The command line. The only code that knows click, rich, exit codes and stdout.

Kept small: ``papermode --help`` must not wait for anything that only one command needs.
"""


def main() -> None:
    """Run the command line."""
    from papermode.scan.threads import one_matrix_thread

    one_matrix_thread()
    from papermode.cli.main import cli

    cli(prog_name="papermode")
