"""``python -m papermode``."""

from papermode.cli import main

main()
