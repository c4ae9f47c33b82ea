"""`senexbot`: the command line. Everything else is imported when a command needs it."""

from __future__ import annotations

from senexbot.cli import cli


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
