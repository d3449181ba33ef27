"""The headers are a dict."""


def app(environ, start_response):
    headers = {"Content-Type": "text/plain"}
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    headers = {"Content-Type": "text/plain"}
    start_response("200 OK", list(headers.items()))
    return [b"Hello\n"]
