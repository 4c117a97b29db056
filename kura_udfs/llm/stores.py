"""What has been paid for, kept in the warehouse as it arrives: answers, batches that are under way, vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pyarrow as pa

from kura_udfs.llm.requests import Answer
from kura_udfs.tables import Vectors, as_lists, fingerprint, now
from kura_udfs.warehouse.protocol import Relation, Warehouse

MOST_TRIES = 3
"""A question that fails for a reason of its own is asked in so many runs, and then only on request."""
# reasons of servers and networks: another night may mend them
_NOT_ITS_OWN = ("rate_limited", "server_error", "timeout", "connection_lost", "unreachable", "untrusted_certificate")
_OWN_FAULT = "status = 'failed' and " + " and ".join(f"error not like '{reason}%'" for reason in _NOT_ITS_OWN)


def is_passing(answer: Answer) -> bool:
    """Return whether a question failed for a reason of servers and networks, which another night may mend."""
    return answer.status == "failed" and (answer.error or "").startswith(_NOT_ITS_OWN)


DAYS_OF_FILES = 30
"""So long servers keep the answers of a batch, mostly."""


class Responses:
    """The table of answers that have been paid for; it can be written while a query of the stage runs.

    Parameters
    ----------
    warehouse : Warehouse
    relation : Relation
        `dbt.ref("kura_llm_responses")`.
    asks_again : bool
        Whether a question that was given up counts as open.
    """

    def __init__(self, warehouse: Warehouse, relation: Relation, asks_again: bool = False) -> None:
        self._warehouse = warehouse
        self.table = warehouse.name(relation)
        self._tries = "null" if asks_again else str(MOST_TRIES)

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Return what is settled of these questions: the good answers, and the last failures of what is given up."""
        names = ", ".join(field.name for field in RESPONSES if field.name != "answered_at")
        among, values = self._warehouse.among(keys)
        rows = self._warehouse.query(
            f"select {names} from (select *, row_number() over (partition by key order by"
            " case status when 'ok' then 0 else 1 end, answered_at desc) as place,"
            f" count(case when {_OWN_FAULT} then 1 end) over (partition by key) as tries"
            f" from {self.table} where key in {among}) as answers"
            f" where place = 1 and (status = 'ok' or tries >= {self._tries})",
            values,
        )
        return {row["key"]: Answer(**row) for row in rows.to_pylist()}

    def settled(self) -> str:
        """Return the query for the keys of all questions that need not be asked any more."""
        return (
            f"select key from {self.table} group by key having count(case when status = 'ok' then 1 end) > 0"
            f" or count(case when {_OWN_FAULT} then 1 end) >= {self._tries}"
        )

    def add(self, new: Sequence[Answer]) -> None:
        """Keep answers; they are committed at once."""
        moment = now()
        rows = [asdict(answer) | {"answered_at": moment} for answer in new]
        self._warehouse.insert(self.table, pa.Table.from_pylist(rows, RESPONSES))


class Batches:
    """The batches of one recipe that were handed in.

    Parameters
    ----------
    warehouse : Warehouse
    relation : Relation
        `dbt.ref("kura_llm_batches")`.
    recipe : str
        What shapes the questions.

    Attributes
    ----------
    mark : str
        Stands on each batch at the server, so that one whose id was lost is known again.
    """

    def __init__(self, warehouse: Warehouse, relation: Relation, recipe: str) -> None:
        self._warehouse = warehouse
        self._table = warehouse.name(relation)
        self._recipe = recipe
        self.mark = fingerprint(self._table, recipe)

    def known(self) -> set[str]:
        """Return the ids of all batches that are stored."""
        return set(self._warehouse.query(f"select distinct batch_id from {self._table}")["batch_id"].to_pylist())

    def under_way(self) -> list[str]:
        """Return the ids of those that are not collected yet."""
        found = self._warehouse.query(
            f"select batch_id from {self._table} where recipe = ? and collected_at is null group by 1"
            " order by min(submitted_at), 1",
            (self._recipe,),
        )["batch_id"]
        return list(found.to_pylist())

    def waiting(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys whose batch is not collected yet."""
        among, values = self._warehouse.among(keys)
        found = self._warehouse.query(
            f"select key from {self._table} where collected_at is null and key in {among}", values
        )
        return set(found["key"].to_pylist())

    def subjects(self, keys: Sequence[str]) -> dict[str, str]:
        """Return what the questions under these keys are about."""
        among, values = self._warehouse.among(keys)
        found = self._warehouse.query(
            f"select distinct key, subject from {self._table} where subject is not null and key in {among}", values
        )
        return dict(zip(found["key"].to_pylist(), found["subject"].to_pylist(), strict=True))

    def add(self, batch_id: str, subjects: Mapping[str, str | None]) -> None:
        """Store a batch that the server has taken, with what its questions are about; it is committed at once."""
        columns = {
            "batch_id": pa.repeat(batch_id, len(subjects)),
            "key": pa.array(list(subjects), pa.string()),
            "subject": pa.array(list(subjects.values()), pa.string()),
            "recipe": pa.repeat(self._recipe, len(subjects)),
            "submitted_at": pa.repeat(pa.scalar(now(), pa.timestamp("us")), len(subjects)),
        }
        self._warehouse.insert(self._table, pa.table(columns))

    def close(self, batch_id: str) -> None:
        """Take note that a batch is collected."""
        self._warehouse.execute(f"update {self._table} set collected_at = ? where batch_id = ?", (now(), batch_id))


def left_behind(warehouse: Warehouse, relation: Relation, recipes: Sequence[str]) -> dict[str, int]:
    """Return how many questions wait in each batch that no recipe of today's settings collects, while it can be had."""
    among, values = warehouse.among(recipes)
    rows = warehouse.query(
        f"select batch_id, count(*) as questions from {warehouse.name(relation)} where collected_at is null"
        f" and recipe not in {among} and submitted_at > ? group by batch_id order by min(submitted_at), batch_id",
        (*values, now() - timedelta(days=DAYS_OF_FILES)),
    )
    return dict(zip(rows["batch_id"].to_pylist(), rows["questions"].to_pylist(), strict=True))


class StoredVectors:
    """The vectors of one recipe that have been paid for.

    Parameters
    ----------
    warehouse : Warehouse
    relation : Relation
        `dbt.ref("kura_embedding_responses")`.
    recipe : str
        What shapes the vectors.
    """

    def __init__(self, warehouse: Warehouse, relation: Relation, recipe: str) -> None:
        self._warehouse = warehouse
        self._table = warehouse.name(relation)
        self._recipe = recipe

    def dimensions(self) -> int:
        """Return how long the vectors are; 0 if there are none."""
        found = self._warehouse.query(f"select embedding from {self._table} where recipe = ? limit 1", (self._recipe,))
        return len(found["embedding"][0].values) if found.num_rows else 0

    def find(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Return those of the vectors under these keys that there are."""
        among, values = self._warehouse.among(keys)
        rows = self._warehouse.query(f"select key, embedding from {self._table} where key in {among}", values)
        vectors = [np.asarray(vector.values, np.float32) for vector in rows["embedding"]]
        return dict(zip(rows["key"].to_pylist(), vectors, strict=True))

    def add(self, keys: Sequence[str], vectors: Vectors, subjects: Sequence[str | None]) -> None:
        """Keep vectors with the texts that they go with; they are committed at once."""
        columns = {
            "key": pa.array(keys, pa.string()),
            "subject": pa.array(subjects, pa.string()),
            "recipe": pa.repeat(self._recipe, len(keys)),
            "embedding": as_lists(vectors),
            "answered_at": pa.repeat(pa.scalar(now(), pa.timestamp("us")), len(keys)),
        }
        self._warehouse.insert(self._table, pa.table(columns))


RESPONSES = pa.schema(
    [
        ("key", pa.string()),
        ("subject", pa.string()),
        ("status", pa.string()),
        ("content", pa.string()),
        ("error", pa.string()),
        ("model", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
        ("calls", pa.int64()),
        ("retries", pa.int64()),
        ("seconds", pa.float64()),
        ("answered_at", pa.timestamp("us")),
    ]
)
