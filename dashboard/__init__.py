"""The dashboard: pages that show cells of the marts and compute nothing."""
