"""Pages of the subject itself, one module by noun."""
