"""An environment of its own for each peer: what one of them needs is not what Kura, or another, needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kura_udfs.cache import cache_folder

UV = Path(sys.executable).with_name("uv")
ALONE = {"bertopic": "bertopic==0.17.4"}
"""Packages that come without what they want besides: sentence-transformers and PyTorch, for vectors that are given here."""
PACKAGES = {
    "bertopic": ("hdbscan", "numpy", "pandas", "plotly", "pyyaml", "scikit-learn", "tqdm", "umap-learn"),
    "library_kura": ("kura==0.5.4", "instructor<1.10", "openai<2"),
    "sentence_transformers": ("sentence-transformers==6.2.0",),
    "toponymy": ("toponymy==0.5.4", "umap-learn"),
}


def python_of(system: str) -> Path:
    """Return the interpreter that has a peer, or Kura's own for what needs no other; makes the environment at first."""
    if system not in PACKAGES:
        return Path(sys.executable)
    folder = cache_folder() / "peers" / system
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        run("venv", "--clear", "--python", sys.executable, str(folder))
        if system in ALONE:
            run("pip", "install", "--python", str(python), "--no-deps", ALONE[system])
        run("pip", "install", "--python", str(python), *PACKAGES[system])
        (folder / "made").touch()
    return python


def run(*arguments: str) -> None:
    """Run uv."""
    subprocess.run([str(UV), "--quiet", *arguments], check=True)
