"""The body is read once more at its end."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    body = environ["wsgi.input"]
    while body.read(8192):
        pass
    body.read(8192)
    start_response("200 OK", TEXT)
    return [b"Hello\n"]


def fixed(environ, start_response):
    body = environ["wsgi.input"]
    while body.read(8192):
        pass
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
