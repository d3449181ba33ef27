"""The status as CGI programs give it."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Status", "404 Not Found")]
    start_response("404 Not Found", headers)
    return [b"Nothing here\n"]


def fixed(environ, start_response):
    start_response("404 Not Found", TEXT)
    return [b"Nothing here\n"]
