"""Language models behind the OpenAI API: many questions at once, validated answers, no surprising bill.

`client` asks, `batch` asks through the Batch API, `embeddings` embeds.
"""

from __future__ import annotations

import importlib.util

from kura_udfs.errors import KuraError


def require_client() -> None:
    """Raise KuraError unless the packages that ask a model over HTTP are installed."""
    # looked for, not imported: that takes a second, and prices need none of it
    if any(importlib.util.find_spec(name) is None for name in ("openai", "httpx2", "aiohttp", "pydantic")):
        raise KuraError("The provider `openai` needs the openai client: pip install 'kura-udfs[openai]'.")
