"""What the command line's parts share: how a command is declared, and what its values must be."""

from __future__ import annotations

import argparse


def add(commands, name: str, summary: str, example: str, action) -> argparse.ArgumentParser:
    """Declare a command; its action takes the options and returns the exit status."""
    command = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(action=action)
    return command


def add_of_study(
    commands, name: str, summary: str, example: str, action, *, study: str | None = None
) -> argparse.ArgumentParser:
    """Declare a command whose first argument is a study; `study` "?" makes it optional."""
    command = add(commands, name, summary, example, action)
    command.add_argument(
        "study", metavar="STUDY", nargs=study, help="a study folder, or its name under data/"
    )
    return command


def positive(text: str) -> int:
    """A whole number above 0."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return value


def seed(text: str) -> int:
    """A seed of numpy's and the notebooks'."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0 to 4294967295")
    return int(text)
