"""What SQL does not do: clusters, and models that learn. Optional; no build needs it."""
