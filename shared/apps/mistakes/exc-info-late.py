"""The error comes when the head has been sent."""
import sys

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"The answer is "
    try:
        yield b"%d\n" % (1 / 0)
    except ZeroDivisionError:
        start_response("500 Oops", TEXT, sys.exc_info())


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        answer = b"%d\n" % (1 / 0)
    except ZeroDivisionError:
        start_response("500 Oops", TEXT, sys.exc_info())
        answer = b"unknown\n"
    yield b"The answer is "
    yield answer
