"""A 405 that does not say what is allowed."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("405 Method Not Allowed", TEXT)
    return [b"Not like this\n"]


def fixed(environ, start_response):
    allow = ("Allow", "POST")
    start_response("405 Method Not Allowed", TEXT + [allow])
    return [b"Not like this\n"]
