"""Three ways to fail: /before has sent nothing yet,
/after is too late, /exc_info changes its mind."""
import sys

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/before":
        raise ValueError("nothing was sent: a clean 500")
    if path == "/after":
        return too_late(start_response)
    if path == "/exc_info":
        return change_of_mind(start_response)
    start_response("200 OK", TEXT)
    return [b"Try /before, /after or /exc_info\n"]


def too_late(start_response):
    start_response("200 OK", TEXT)
    yield b"The head has left with this chunk,\n"
    raise ValueError("the 200 cannot be taken back")


def change_of_mind(start_response):
    try:
        start_response("200 OK", TEXT)
        return [compute()]
    except ZeroDivisionError:
        error = sys.exc_info()
        start_response("503 Not Today", TEXT, error)
        return [b"It said 200, now it says 503.\n"]


def compute():
    return b"%d" % (1 / 0)
