"""write() from within the iterable."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"Hello, ")
    yield b"world\n"


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"Hello, "
    yield b"world\n"
