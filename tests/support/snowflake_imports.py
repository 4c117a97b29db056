"""What code in an account imports, imported once: the processes of `snowflake_sandbox` begin from here."""

import importlib.metadata

import pandas  # noqa: F401
import pyarrow  # noqa: F401
import sklearn.cluster  # noqa: F401
import snowflake.snowpark  # noqa: F401

from kura_udfs.clustering.projection import load_umap

load_umap()
DISTRIBUTIONS = importlib.metadata.packages_distributions()
"""Of each module that is installed, what brings it."""
