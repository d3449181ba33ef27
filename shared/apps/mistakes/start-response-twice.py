"""start_response again, without exc_info."""
import sys

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        return [b"%d" % (1 / 0)]
    except ZeroDivisionError:
        start_response("500 Oops", TEXT)
        return [b"Oops\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        return [b"%d" % (1 / 0)]
    except ZeroDivisionError:
        start_response("500 Oops", TEXT, sys.exc_info())
        return [b"Oops\n"]
