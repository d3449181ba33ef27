"""A Content-Length that is no number."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Content-Length", "6 bytes")]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    headers = TEXT + [("Content-Length", "6")]
    start_response("200 OK", headers)
    return [b"Hello\n"]
