"""A server on loopback that has files as the web, S3 and the Hugging Face hub have them, and DuckDB with the extension that reads those."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

BUCKET = "/chats"
DATASETS = "/datasets/"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, whole or a range; below /chats like S3, and like the hub where that is asked for."""

    protocol_version = "HTTP/1.1"
    folder: Path
    certificate: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.asked.append(url.path)
        query = parse_qs(url.query)
        if url.path.startswith("/forbidden/") or (
            url.path.startswith(BUCKET) and "Credential=reader" not in self.headers.get("Authorization", "")
        ):
            self.answer(403, b"")
        elif url.path.rstrip("/") == BUCKET and "list-type" in query:
            self.answer(200, self.listing(query.get("prefix", [""])[0]).encode())
        elif url.path.startswith(f"/api{DATASETS}") and "/tree/main" in url.path:
            owner, name = url.path.removeprefix(f"/api{DATASETS}").split("/")[:2]
            self.answer(200, self.tree(f"{owner}/{name}", url.path.partition("/tree/main")[2].strip("/")).encode())
        else:
            file = self.folder / url.path.removeprefix("/").replace("/resolve/main/", "/")
            self.answer(200, file.read_bytes()) if file.is_file() else self.answer(404, b"")

    def do_CONNECT(self) -> None:
        """Be the server that a client wants to reach through a proxy."""
        self.send_response(200)
        self.end_headers()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
            self.close_connection = False
        except (ssl.SSLError, OSError):
            self.close_connection = True

    def listing(self, prefix: str) -> str:
        """Return what a bucket holds, as S3 does."""
        bucket = self.folder / BUCKET[1:]
        files = {str(path.relative_to(bucket)): path for path in sorted(bucket.rglob("*")) if path.is_file()}
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{path.stat().st_size}</Size><ETag>x</ETag>"
            "<LastModified>2026-05-01T00:00:00.000Z</LastModified></Contents>"
            for key, path in files.items()
            if key.startswith(prefix)
        )
        return f'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>'

    def tree(self, dataset: str, below: str) -> str:
        """Return what a folder of a data set holds, as the hub does."""
        root = self.folder / DATASETS.strip("/") / dataset
        return json.dumps(
            [
                {
                    "type": "directory" if path.is_dir() else "file",
                    "oid": "x",
                    "size": path.stat().st_size,
                    "path": str(path.relative_to(root)),
                }
                for path in sorted((root / below).iterdir())
            ],
            separators=(",", ":"),
        )

    def answer(self, status: int, body: bytes) -> None:
        """Send a body, or the range of it that is asked for."""
        total = len(body)
        asked = self.headers.get("Range")
        headers = {"Accept-Ranges": "bytes", "Last-Modified": "Fri, 01 May 2026 00:00:00 GMT", "ETag": '"x"'}
        if asked and status == 200:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            end = min(int(last or total), total - 1)
            body, status = body[int(first) : end + 1], 206
            headers["Content-Range"] = f"bytes {first}-{end}/{total}"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder; gives host with port, and the paths that were asked for."""
    asked: list[str] = []
    handler = type(
        "HandlerOfFolder", (Handler,), {"folder": folder, "asked": asked, "certificate": certificate(folder)}
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def certificate(folder: Path) -> Path:
    """Write a key and a certificate that it signs itself, of the hub's name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "huggingface.co")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("huggingface.co")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file
