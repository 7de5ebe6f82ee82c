"""Numbers and what they count, as sentences say them."""


def counted(number: int, one: str, more: str = "") -> str:
    """A number and what is counted, in the singular where there is one.

    Args:
        number: how many.
        one: what is counted, in the singular.
        more: in the plural, where that is not `one` and an s.

    >>> counted(1, "finding"), counted(2, "finding"), counted(0, "country", "countries")
    ('1 finding', '2 findings', '0 countries')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"
