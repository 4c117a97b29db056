"""What code in an account imports, imported once: the processes of `snowflake_sandbox` begin from here."""

import importlib.metadata
import os

from kura_udfs.cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))  # as `kura_udfs.clustering.projection` does

import pandas  # noqa: F401
import pyarrow  # noqa: F401
import sklearn.cluster  # noqa: F401
import snowflake.snowpark  # noqa: F401
import umap  # noqa: F401

DISTRIBUTIONS = importlib.metadata.packages_distributions()
"""Of each module that is installed, what brings it."""
