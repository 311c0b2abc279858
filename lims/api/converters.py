"""What an address of the API may hold."""


class CodeConverter:
    """A record's code. Anything else, a zero byte above all, never reaches the database."""

    regex = "[A-Za-z0-9-]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
