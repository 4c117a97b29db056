"""Runs sqlfluff, which makes millions of objects: to look for those that are left over takes half of its time."""

from __future__ import annotations

import gc

from sqlfluff.cli.commands import cli

if __name__ == "__main__":
    gc.set_threshold(1_000_000)
    cli()
