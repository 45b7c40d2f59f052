"""A request and its answer as all layers between the server and the operations see them."""

import msgspec


class VpcEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A VPC endpoint, which a listener may stand for.

    Attributes:
        endpoint_id: `vpce-` and hexadecimal digits; what `aws:SourceVpce` compares.
        vpc_id: `vpc-` and hexadecimal digits, or None when it was not named; what `aws:SourceVpc` compares.
    """

    endpoint_id: str
    vpc_id: str | None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A whole request, as it came.

    Attributes:
        method: upper-case method.
        path: the path as sent, not decoded, without the query.
        query: the query as sent, not decoded, without the question mark; empty when there is none.
        headers: lower-case names and values as sent, stripped of outer blanks, in their order.
        body: the payload after transfer decoding.
        source_ip: the client's address.
        secure: whether the listener speaks TLS.
        vpc_endpoint: the VPC endpoint through which it came, or None.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    secure: bool = False
    vpc_endpoint: VpcEndpoint | None = None

    def header(self, name: str) -> str | None:
        """Give the first value of a header, by its lower-case name, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back to the client.

    Attributes:
        status: HTTP status.
        body: the payload.
        content_type: media type of the payload.
        request_id: UUID that the audit record carries too.
        headers: further fields; where there are some, they say themselves whether the answer may be cached.
    """

    status: int
    body: bytes
    content_type: str
    request_id: str
    headers: tuple[tuple[str, str], ...] = ()
