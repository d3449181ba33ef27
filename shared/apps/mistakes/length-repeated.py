"""Content-Length twice."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    length = ("Content-Length", "6")
    start_response("200 OK", TEXT + [length, length])
    return [b"Hello\n"]


def fixed(environ, start_response):
    length = ("Content-Length", "6")
    start_response("200 OK", TEXT + [length])
    return [b"Hello\n"]
