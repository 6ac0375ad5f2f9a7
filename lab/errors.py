"""The one exception that the lab raises on purpose."""


class LabError(Exception):
    """Something that the lab needs is missing, or a guest did not do what was asked."""
