"""What stops a season from being played."""


class SeasonFault(Exception):
    """A file that cannot be used, or a row that an operation refuses; the text is one sentence for the person."""
