"""Two values for a header that has one."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Content-Type", "text/html")]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
