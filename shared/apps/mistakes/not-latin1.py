"""A header with characters that latin-1 lacks."""
from urllib.parse import quote

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("X-Name", "你好")]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    headers = TEXT + [("X-Name", quote("你好"))]
    start_response("200 OK", headers)
    return [b"Hello\n"]
