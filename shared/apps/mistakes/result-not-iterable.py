"""Nothing is returned."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT)


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return []
