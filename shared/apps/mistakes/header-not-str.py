"""The value of a header is a number."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Content-Length", 6)]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    headers = TEXT + [("Content-Length", str(6))]
    start_response("200 OK", headers)
    return [b"Hello\n"]
