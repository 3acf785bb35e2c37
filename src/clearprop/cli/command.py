"""A command of the command line, before it has options: what its --help begins with."""

from __future__ import annotations

import argparse
from typing import Any


def command(
    commands: Any, name: str, says: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command; its options may not be shortened."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=says,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return made


def debug(add: Any) -> None:
    """The option that all commands have."""
    add("--debug", action="store_true", help="show the traceback of an error")


__all__ = ["command", "debug"]
