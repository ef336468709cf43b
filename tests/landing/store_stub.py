"""A small S3 API in this process, for what a real store cannot be made to do.

It keeps objects in memory, knows conditional puts, uploads in parts and lists of uploads, and does
not look at signatures. `faults` holds what it does instead of answering. A real store is in
tests/landed.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

BUCKET = "boats"


class Stored(NamedTuple):
    """An object of the store."""

    content: bytes
    metadata: dict[str, str]


class Asked(NamedTuple):
    """A request: method, key, query and headers in small letters."""

    method: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]


class Fault(NamedTuple):
    """What is done instead of an answer: a status with a code; or silence, or an early end.

    after: the request is done first, and its answer is lost.
    """

    status: int = 0
    code: str = ""
    silent_s: float = 0.0
    after: bool = False


class StoreStub:
    """The state of the store, and what was asked of it."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.uploads: dict[str, tuple[str, dict[str, str], dict[int, bytes]]] = {}
        self.asked: list[Asked] = []
        self.puts: list[str] = []
        """The keys under which something was stored, one for each time."""
        self.fault: Callable[[Asked], Fault | None] = lambda _: None
        self.is_conditional = True
        self.lock = threading.Lock()
        self.endpoint = ""

    def keys(self, method: str) -> list[str]:
        """Return the keys that were asked for by a method."""
        return [asked.key for asked in self.asked if asked.method == method]

    def answer(self, asked: Asked, content: bytes) -> tuple[int, dict[str, str], bytes]:
        """Do one request; return status, headers and content."""
        with self.lock:
            if asked.query.get("uploads") is not None:
                return self._begin(asked) if asked.method == "POST" else self._list()
            if "partNumber" in asked.query:
                return self._put_part(asked, content)
            if "uploadId" in asked.query:
                return self._end(asked)
            if asked.method == "PUT":
                return self._put(asked, content)
            if asked.method == "HEAD":
                return self._head(asked)
            return 200, {}, b"<ListBucketResult/>"

    def _begin(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        name = f"upload&{len(self.uploads) + 1}"
        self.uploads[name] = asked.key, _metadata(asked), {}
        said = name.replace("&", "&amp;")
        return 200, {}, f"<R><UploadId>{said}</UploadId></R>".encode()

    def _list(self) -> tuple[int, dict[str, str], bytes]:
        found = "".join(
            f"<Upload><Key>{key}</Key><UploadId>{name.replace('&', '&amp;')}</UploadId></Upload>"
            for name, (key, _, _) in self.uploads.items()
        )
        return 200, {}, f"<ListMultipartUploadsResult>{found}</ListMultipartUploadsResult>".encode()

    def _put_part(self, asked: Asked, content: bytes) -> tuple[int, dict[str, str], bytes]:
        self.uploads[asked.query["uploadId"]][2][int(asked.query["partNumber"])] = content
        return 200, {"etag": f'"{md5(content).hexdigest()}"'}, b""

    def _end(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        key, metadata, parts = self.uploads[asked.query["uploadId"]]
        if asked.method == "POST":
            if self._is_refused(asked):
                return 412, {}, b"<Error><Code>PreconditionFailed</Code></Error>"
            self.puts.append(key)
            self.objects[key] = Stored(b"".join(parts[each] for each in sorted(parts)), metadata)
        del self.uploads[asked.query["uploadId"]]
        return 200, {}, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"

    def _put(self, asked: Asked, content: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._is_refused(asked):
            return 412, {}, b"<Error><Code>PreconditionFailed</Code></Error>"
        if not self.is_conditional and "if-none-match" in asked.headers:
            return 501, {}, b"<Error><Code>NotImplemented</Code></Error>"
        self.puts.append(asked.key)
        self.objects[asked.key] = Stored(content, _metadata(asked))
        return 200, {}, b""

    def _is_refused(self, asked: Asked) -> bool:
        return asked.headers.get("if-none-match") == "*" and asked.key in self.objects

    def _head(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        found = self.objects.get(asked.key)
        if found is None:
            return 404, {}, b""
        return 200, {**found.metadata, "content-length": str(len(found.content))}, b""


def _metadata(asked: Asked) -> dict[str, str]:
    return {name: value for name, value in asked.headers.items() if name.startswith("x-amz-meta-")}


@contextmanager
def store_stub(trust: SSLContext | None = None) -> Iterator[StoreStub]:
    """Serve a store at a port of this machine, by TLS if there is a context."""
    stub = StoreStub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            parts = urlsplit(self.path)
            key = re.sub(rf"^/{BUCKET}/?", "", unquote(parts.path))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, key, query, headers)
            length_bytes = int(headers.get("content-length", "0"))
            content = self.rfile.read(length_bytes)
            if len(content) < length_bytes:
                self.close_connection = True
                return
            stub.asked.append(asked)
            fault = stub.fault(asked)
            if fault is not None and fault.after:
                stub.answer(asked, content)
            if fault is not None and fault.silent_s:
                time.sleep(fault.silent_s)
            if fault is not None and not fault.status:
                self.close_connection = True
                return
            if fault is not None:
                said = f"<Error><Code>{fault.code}</Code></Error>" if fault.code else ""
                self._answer(fault.status, {}, said.encode())
            else:
                self._answer(*stub.answer(asked, content))

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _do  # noqa: N815 -- http.server's names

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "content-length" not in headers:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    scheme = "http" if trust is None else "https"
    stub.endpoint = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
