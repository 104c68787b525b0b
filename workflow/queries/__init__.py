"""What the pages of the process read."""
