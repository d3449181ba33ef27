"""The application closes wsgi.input."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    environ["wsgi.input"].close()
    start_response("200 OK", TEXT)
    return [b"Hello\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
