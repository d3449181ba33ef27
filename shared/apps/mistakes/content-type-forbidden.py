"""A Content-Type for what has no body."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("304 Not Modified", TEXT)
    return []


def fixed(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"7"')])
    return []
