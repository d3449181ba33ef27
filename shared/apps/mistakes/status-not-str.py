"""The status is a number."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response(200, TEXT)
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
