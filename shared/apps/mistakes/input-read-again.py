"""The whole body is asked for a second time."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    count = len(environ["wsgi.input"].readlines())
    body = b"".join(environ["wsgi.input"].readlines())
    start_response("200 OK", TEXT)
    return [b"%d lines:\n" % count, body]


def fixed(environ, start_response):
    lines = environ["wsgi.input"].readlines()
    body = b"".join(lines)
    start_response("200 OK", TEXT)
    return [b"%d lines:\n" % len(lines), body]
