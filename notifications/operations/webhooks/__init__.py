"""Webhooks out: managing endpoints, writing events, sending what is due."""
