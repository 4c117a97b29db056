"""By how much the vectors of each language are moved: kept with the fit, for the texts that come after it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kura_udfs.stages.points import fitted_points, lens_of, read_points, shifts_of
from kura_udfs.tables import as_lists, table
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

SHIFTS = pa.schema(
    [
        ("lens", pa.string()),
        ("fit_id", pa.string()),
        ("language", pa.string()),
        ("shift", pa.list_(pa.float32())),
        ("length", pa.float64()),
    ]
)


def shifts(stage: Stage, texts: Relation, embeddings: Relation, fitted: Relation) -> pa.Table:
    """Return a row for each language of the fitted texts; none where there is but one."""
    points, fitted = fitted_points(stage, texts, embeddings, fitted), stage.of_lens(fitted)
    fit_ids = stage.warehouse.read(fitted, "distinct fit_id")["fit_id"]
    last = stage.last(SHIFTS)
    if last and (stage.sends_nothing or last["fit_id"][:1] == fit_ids[:1]):  # a trial run moves nothing
        stage.rows_in = last.num_rows
        return last
    languages = stage.warehouse.read(points, "distinct language", "language is not null")
    one_language = languages.num_rows < 2  # then no vector need be read
    found = shifts_of(read_points(stage.warehouse, points, "false" if one_language else "true"))
    stage.rows_in = stage.rows_new = len(found)
    if not found:
        return SHIFTS.empty_table()
    steps = np.stack(list(found.values()))
    return table(
        SHIFTS,
        lens=lens_of(stage).name,
        fit_id=fit_ids[0].as_py(),
        language=list(found),
        shift=as_lists(steps),
        length=np.linalg.norm(steps.astype(np.float64), axis=1),
    )
