"""Pages of the process: the inbox, the case and its steps, progress, the organiser's pages."""
