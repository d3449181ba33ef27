"""A number in the environ."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    environ["HTTP_X_VISITS"] = 7
    start_response("200 OK", TEXT)
    return [b"Hello\n"]


def fixed(environ, start_response):
    environ["HTTP_X_VISITS"] = "7"
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
