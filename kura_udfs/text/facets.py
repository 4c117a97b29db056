"""What can honestly be said of a conversation without a language model."""

from __future__ import annotations

from kura_udfs.text import languages, summaries

RECIPE = f"local:{summaries.VERSION}:{languages.VERSION}"
"""Changes with everything that shapes these facets."""


def local_facets(user_turns: str, transcript: str) -> dict[str, str | None]:
    """Return a summary, the request and the languages; human languages come first."""
    spoken = [language for language in [languages.human_language(user_turns)] if language]
    return {
        "summary": summaries.extractive_summary(user_turns),
        "request": summaries.request(user_turns),
        "languages": ", ".join([*spoken, *languages.programming_languages(transcript)]) or None,
    }
