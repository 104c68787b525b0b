"""Readers of the files that people keep criteria sets and units in; they save nothing."""
