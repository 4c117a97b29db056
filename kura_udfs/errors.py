"""The one exception type that is meant for people: what is wrong, where, and what to do."""


class KuraError(Exception):
    """Raised for anything a user can mend: settings, input, missing files, limits reached."""
