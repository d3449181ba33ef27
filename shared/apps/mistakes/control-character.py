"""What a visitor wrote begins a header of its own."""
from urllib.parse import quote

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    name = "Ada\r\nSet-Cookie: admin=1"
    headers = TEXT + [("X-Name", name)]
    start_response("200 OK", headers)
    return [b"Hello\n"]


def fixed(environ, start_response):
    name = "Ada\r\nSet-Cookie: admin=1"
    headers = TEXT + [("X-Name", quote(name))]
    start_response("200 OK", headers)
    return [b"Hello\n"]
