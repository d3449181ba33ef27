"""Bytes for the log."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    environ["wsgi.errors"].write(b"Hello\n")
    start_response("200 OK", TEXT)
    return [b"Hello\n"]


def fixed(environ, start_response):
    environ["wsgi.errors"].write("Hello\n")
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
