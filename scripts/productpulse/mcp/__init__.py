"""The metrics for agents, over the Model Context Protocol. Optional: needs the extra mcp."""
