"""A header is one text."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", ["Content-Type: text/plain"])
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
