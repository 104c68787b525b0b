"""Webhooks out: which events there are, which addresses may be reached, and sending one signed event."""
