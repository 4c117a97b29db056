"""`kura mcp`: the public tables for agents, read-only, by the Model Context Protocol."""
