"""A small registry in memory that behaves, except where a test says otherwise.

A hook is a function that gets every request first; it answers and returns True, or returns None.
"""

import re
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from registry_support import DEADLINE, MANIFEST, Certificates, Image, digest_of


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:  # A peer that goes away, or wants no TLS.
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass

    def serve(self):
        registry = self.server
        self.body = None
        with registry.lock:
            registry.requests.append((self.command, self.path, dict(self.headers)))
        for hook in registry.hooks:
            if hook(self):
                return
        registry.behave(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = serve

    def read_body(self) -> bytes:
        if self.body is None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return self.body

    def answer(self, status: int, body: bytes = b"", **headers: str) -> bool:
        """Header names are written with underscores for hyphens."""
        self.read_body()
        self.send_response(status)
        if "Content_Length" not in headers:
            headers["Content_Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return True

    def drop(self) -> bool:
        self.close_connection = True
        return True

    def endless(self, status: int = 200, **headers: str) -> bool:
        """A body that goes on until the peer has had enough."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            return self.drop()

    def silent(self) -> bool:
        """Says nothing more until the peer goes away."""
        self.connection.settimeout(DEADLINE)
        while self.rfile.read(1):
            pass
        return self.drop()


class Registry(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, certificates: Certificates | None = None):
        super().__init__(("127.0.0.1", 0), Request)
        self.lock = threading.RLock()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.hooks = []
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.uploads: dict[str, bytes] = {}
        self.begun = 0  # Uploads so far.
        self.scheme = "https" if certificates else "http"
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate, certificates.key)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass

    def close(self):
        self.shutdown()
        self.server_close()

    # Its name: of this machine, but "0.0.0.0" is no loopback address, whoever answers there.
    name = "localhost"

    @property
    def host(self) -> str:
        return f"{self.name}:{self.server_port}"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"

    def hook(self, function):
        self.hooks.append(function)
        return function

    def add(self, image: Image, tag: str = "v1"):
        self.blobs.update(image.blobs)
        self.add_manifest(image.manifest, tag)

    def add_manifest(self, data: bytes, tag: str, media_type: str = MANIFEST):
        self.manifests[tag] = self.manifests[digest_of(data)] = (media_type, data)

    def lines(self, method: str = "", part: str = "") -> list[str]:
        """Requests so far, as "GET /v2/"."""
        with self.lock:
            return [f"{verb} {path}" for verb, path, _ in self.requests
                    if verb.startswith(method) and part in path]  # fmt: skip

    def headers(self, method: str = "", part: str = "") -> list[dict[str, str]]:
        with self.lock:
            return [headers for verb, path, headers in self.requests
                    if verb.startswith(method) and part in path]  # fmt: skip

    def wait_for(self, condition):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def behave(self, request: Request):
        url = urllib.parse.urlsplit(request.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/v2/":
            return request.answer(200, b"{}")
        if match := re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", url.path):
            return self.manifest(request, match[2])
        if match := re.fullmatch(r"/v2/(.+)/blobs/(sha256:[0-9a-f]+)", url.path):
            return self.blob(request, match[2])
        if match := re.fullmatch(r"/v2/(.+)/blobs/uploads/([^/]*)", url.path):
            with self.lock:
                return self.upload(request, match[1], match[2], query)
        return request.answer(404)

    def manifest(self, request: Request, name: str):
        if request.command == "PUT":
            data = request.read_body()
            self.add_manifest(data, name, request.headers["Content-Type"])
            return request.answer(201, Docker_Content_Digest=digest_of(data))
        if name not in self.manifests:
            return request.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}')
        media_type, data = self.manifests[name]
        return request.answer(
            200, data, Content_Type=media_type, Docker_Content_Digest=digest_of(data)
        )

    def blob(self, request: Request, digest: str):
        data = self.blobs.get(digest)
        if data is None:
            return request.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"no"}]}')
        if match := re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", "")):
            first = int(match[1])
            span = f"bytes {first}-{len(data) - 1}/{len(data)}"
            return request.answer(206, data[first:], Content_Range=span)
        return request.answer(200, data)

    def state(self, name: str, upload: str) -> dict[str, str]:
        return {
            "Location": f"/v2/{name}/blobs/uploads/{upload}?state=a%2Fb",
            "Range": f"0-{max(len(self.uploads[upload]) - 1, 0)}",
        }

    def upload(self, request: Request, name: str, upload: str, query: dict[str, str]):
        if request.command == "POST":
            if query.get("mount") in self.blobs:
                return request.answer(201, Location=f"/v2/{name}/blobs/{query['mount']}")
            self.begun += 1
            upload = f"upload{self.begun}"
            self.uploads[upload] = b""
            return request.answer(202, **self.state(name, upload))
        if upload not in self.uploads:
            return request.answer(404, b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
        if request.command == "GET":
            return request.answer(204, **self.state(name, upload))
        data = request.read_body()
        if match := re.match(r"(\d+)-", request.headers.get("Content-Range", "")):
            if int(match[1]) != len(self.uploads[upload]):
                return request.answer(416, **self.state(name, upload))
        self.uploads[upload] += data
        if request.command == "PATCH":
            return request.answer(202, **self.state(name, upload))
        if digest_of(self.uploads[upload]) != query["digest"]:
            return request.answer(400, b'{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}')
        self.blobs[query["digest"]] = self.uploads.pop(upload)
        return request.answer(201, Docker_Content_Digest=query["digest"])
