"""The server's own no, for what cannot be read as a request."""


class Refusal(Exception):  # noqa: N818 - it is an answer to be sent, not a failure of the server
    """Input that ends the connection.

    Attributes:
        status: the HTTP status of the answer.
        reason: a fixed text without any of the client's input, for the answer and for the record.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
