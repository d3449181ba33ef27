"""A thousand chunks of one byte."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT)
    for n in range(1000):
        yield b"."


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"." * 1000
