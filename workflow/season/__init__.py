"""A season as data: its files are read, and its period is played through the operations that the pages call."""
