"""A header name with an underscore."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT + [("X_Name", "Ada")])
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT + [("X-Name", "Ada")])
    return [b"Hello\n"]
