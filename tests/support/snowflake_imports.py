"""What code in an account imports, imported once: the processes of `snowflake_sandbox` begin from here."""

import importlib
import importlib.metadata
import re
from typing import Any

patterns: Any = re
patterns._MAXCACHE = 10_000  # what is imported again from a zip has its patterns, which take longer than the rest of it
for module in (
    "pandas", "pyarrow", "sklearn.cluster", "snowflake.snowpark", "kura_udfs.functions.snowflake", "kura_udfs.stages.cluster_fit",
    "kura_udfs.stages.cluster_names",
):  # fmt: skip
    importlib.import_module(module)
importlib.import_module("kura_udfs.clustering.projection").load_umap()
DISTRIBUTIONS = importlib.metadata.packages_distributions()
"""Of each module that is installed, what brings it."""
