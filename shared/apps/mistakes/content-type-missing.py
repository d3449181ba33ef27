"""A body of which nobody knows what it is."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", [])
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
