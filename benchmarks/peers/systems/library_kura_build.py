"""A whole run of the library Kura: summaries, base clusters, meta clusters, map, with checkpoints as its documentation has them."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from kura.checkpoints import JSONLCheckpointManager
from kura.cluster import ClusterDescriptionModel, generate_base_clusters_from_conversation_summaries
from kura.dimensionality import HDBUMAP, reduce_dimensionality_from_clusters
from kura.meta_cluster import MetaClusterModel, reduce_clusters_from_base_clusters
from kura.summarisation import SummaryModel, summarise_conversations
from kura.types import Conversation
from kura.types.conversation import Message

MODEL = "openai/standin-1"


def conversations(file: Path) -> list[Conversation]:
    """Read conversations with their messages, one a line."""
    return [
        Conversation(
            chat_id=row["conversation_id"],
            created_at=datetime.fromisoformat(row["created_at"]),
            messages=[Message(created_at=datetime.fromisoformat(row["created_at"]), **said) for said in row["messages"]],
            metadata={},
        )
        for row in map(json.loads, file.read_text("utf-8").splitlines())
    ]  # fmt: skip


async def build(file: Path, folder: Path) -> None:
    """Do everything that there is to do."""
    kept = JSONLCheckpointManager(str(folder), enabled=True)
    summaries = await summarise_conversations(
        conversations(file), model=SummaryModel(model=MODEL), checkpoint_manager=kept
    )
    base = await generate_base_clusters_from_conversation_summaries(
        summaries, clustering_model=ClusterDescriptionModel(model=MODEL), checkpoint_manager=kept
    )
    reduced = await reduce_clusters_from_base_clusters(
        base, model=MetaClusterModel(model=MODEL), checkpoint_manager=kept
    )
    await reduce_dimensionality_from_clusters(reduced, model=HDBUMAP(), checkpoint_manager=kept)
    print(f"{len(summaries)} summaries, {len(base)} base clusters, {len(reduced)} clusters")


if __name__ == "__main__":
    asyncio.run(build(Path(sys.argv[1]), Path(sys.argv[2])))
