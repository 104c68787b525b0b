"""Forms, one module by noun."""
