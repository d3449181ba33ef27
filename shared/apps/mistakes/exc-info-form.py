"""exc_info is the exception itself."""
import sys

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    try:
        return [b"%d" % (1 / 0)]
    except ZeroDivisionError as error:
        start_response("500 Oops", TEXT, error)
        return [b"Oops\n"]


def fixed(environ, start_response):
    try:
        return [b"%d" % (1 / 0)]
    except ZeroDivisionError:
        start_response("500 Oops", TEXT, sys.exc_info())
        return [b"Oops\n"]
