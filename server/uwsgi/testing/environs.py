"""What the tests behind nginx ask: the environ as it came, bodies counted, and every way to end."""

import hashlib
import json

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/error":
        raise RuntimeError("the application failed")
    if path in ("/204", "/304"):
        start_response({"/204": "204 No Content", "/304": "304 Not Modified"}[path], [])
        return []
    if path == "/stream":
        start_response("200 OK", TEXT)
        return (b"piece %d\n" % n for n in range(3))
    if path == "/endless":
        start_response("200 OK", TEXT)
        return Endless(environ["wsgi.errors"])
    stream = environ["wsgi.input"]
    digest = hashlib.sha256()
    length = 0
    while True:
        piece = stream.read(65536)
        if not piece:
            break
        digest.update(piece)
        length += len(piece)
    shown = {key: value if isinstance(value, str) else repr(type(value)) for key, value in environ.items()}
    body = json.dumps({"environ": shown, "length": length, "sha256": digest.hexdigest()}).encode("ascii")
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Endless:
    def __init__(self, errors):
        self.errors = errors

    def __iter__(self):
        return self

    def __next__(self):
        return b"again\n" * 1000

    def close(self):
        self.errors.write("closed\n")
