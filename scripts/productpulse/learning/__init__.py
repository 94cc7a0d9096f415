"""What SQL cannot do: clusters and machine learning. Optional: no build needs it."""
