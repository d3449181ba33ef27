"""A str is returned."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT)
    return "Hello\n"


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return ["Hello\n".encode()]
