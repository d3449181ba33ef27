"""write() is given text."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    write = start_response("200 OK", TEXT)
    write("Hello\n")
    return []


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
