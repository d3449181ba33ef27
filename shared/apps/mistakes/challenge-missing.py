"""A 401 that does not say how to log in."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("401 Unauthorized", TEXT)
    return [b"Who are you?\n"]


def fixed(environ, start_response):
    how = ("WWW-Authenticate", 'Basic realm="here"')
    start_response("401 Unauthorized", TEXT + [how])
    return [b"Who are you?\n"]
