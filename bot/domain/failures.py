"""Failures that more than one room has to understand."""


class StorageFailed(Exception):
    """The disk or the database said no: nothing of the statement or transaction was kept."""
