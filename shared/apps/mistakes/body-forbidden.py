"""A body where there is none."""


def app(environ, start_response):
    start_response("204 No Content", [])
    return [b"Nothing to say\n"]


def fixed(environ, start_response):
    start_response("204 No Content", [])
    return []
