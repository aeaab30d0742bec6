"""Shows each request to a lock and each answer, for whoever looks for a fault; what proves who asks is hidden."""

import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import unquote_plus

import httpx

PROOF = re.compile(r"((?:^|&)(?:hash|code)=)[^&]*")
# What is broken may answer with a whole web page: so many bytes of it are shown.
LONGEST = 2000


class ShowingTransport(httpx.AsyncBaseTransport):
    """Passes everything on to `inner` and tells `say` what it was, without `secret` wherever it stands."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, say: Callable[[str], None], secret: str | None) -> None:
        self._inner = inner
        self._say = say
        self._secret = secret

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Hidden before it is decoded: a decoded code may hold an &, where the pattern ends.
        form = unquote_plus(PROOF.sub(r"\1(hidden)", request.content.decode(errors="replace")))
        self._tell(f"→ {request.method} {request.url.path} {form}")
        try:
            response = await self._inner.handle_async_request(request)
        except Exception as broken:
            self._tell(f"← nothing ({type(broken).__name__})")
            raise

        def heard(body: bytes) -> None:
            self._tell(f"← {response.status_code} {body.decode(errors='replace').strip()}")

        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what asynchronous transports give
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Heard(response.stream, heard),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _tell(self, line: str) -> None:
        self._say((line.replace(self._secret, "(hidden)") if self._secret else line).rstrip())


class _Heard(httpx.AsyncByteStream):
    """A body that is told once it has been read, or given up."""

    # Not read ahead: the driver's time limits count while the answer comes in, as they do without this.

    def __init__(self, inner: httpx.AsyncByteStream, tell: Callable[[bytes], None]) -> None:
        self._inner = inner
        self._tell: Callable[[bytes], None] | None = tell
        self._body = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._body += piece[: max(0, LONGEST - len(self._body))]
            yield piece

    async def aclose(self) -> None:
        if self._tell is not None:
            self._tell(bytes(self._body))
            self._tell = None
        await self._inner.aclose()
