"""The application decides about the connection."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Connection", "close")]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
