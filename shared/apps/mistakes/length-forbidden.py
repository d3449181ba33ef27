"""A length for what has no body."""


def app(environ, start_response):
    length = ("Content-Length", "0")
    start_response("204 No Content", [length])
    return []


def fixed(environ, start_response):
    start_response("204 No Content", [])
    return []
