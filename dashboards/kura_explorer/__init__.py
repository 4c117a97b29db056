"""The explorer's parts: `warehouse` asks, `questions` says what, `charts` and `components` draw, `pages` put together."""
