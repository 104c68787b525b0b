"""Zalo: its HTTP interface, the keeper of its tokens, and what its answers mean. Which server answers is a setting."""
