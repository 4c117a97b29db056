"""A finished copy takes the place of the one before, in one step."""

from __future__ import annotations

from pathlib import Path


def put_in_place(staged: Path, target: Path) -> None:
    """Rename a finished copy to its public name and remove what broken runs have left beside it.

    Parameters
    ----------
    staged
        The finished copy, ``<target>.<run>.partial``, in the folder of the target.
    target
        Where readers look. Whoever has the copy before open keeps reading that one.
    """
    staged.replace(target)
    for leftover in target.parent.glob(f"{target.name}.*.partial*"):
        leftover.unlink(missing_ok=True)
