"""A date as databases write it."""
from email.utils import formatdate

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    changed = ("Last-Modified", "2024-02-29 12:00:00")
    start_response("200 OK", TEXT + [changed])
    return [b"Hello\n"]


def fixed(environ, start_response):
    date = formatdate(1709208000, usegmt=True)
    changed = ("Last-Modified", date)
    start_response("200 OK", TEXT + [changed])
    return [b"Hello\n"]
