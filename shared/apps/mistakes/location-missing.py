"""A redirection to nowhere."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("302 Found", TEXT)
    return [b"Somewhere else\n"]


def fixed(environ, start_response):
    where = ("Location", "/else")
    start_response("302 Found", TEXT + [where])
    return [b"Somewhere else\n"]
