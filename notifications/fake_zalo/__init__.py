"""A server that behaves like Zalo, for the demonstration and the tests. It knows nothing of the system it serves."""
