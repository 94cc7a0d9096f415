"""The metric catalogue: what each number is, who answers for it, and whether it still is that."""
