"""What is said of one request and of the application is bounded, so that the server may end a worker that says more."""

MOST_HEAD = 1024 * 1024  # bytes of a frame's head, where it can be cut
PIECE = 256 * 1024  # bytes of a chunk that are sent together; of a longer one the next piece waits for credit
LONGEST_TEXT = 64 * 1024  # characters of a line, a message, a traceback
LONGEST_NAME = 200  # characters of a name
MOST_HEADERS = 1000  # of one response, and the characters they have together:
HEADERS_LENGTH = 256 * 1024
MOST_FRAMES = 100  # of one stack
MOST_CHANGES = 1000  # of the environ that are told at once, and rules that are told to be broken in one request
MOST_FILES = 500  # in one event
REPORTED_READS = 1000  # reads of one body that are reported one by one
PLACED_CHUNKS = 1000  # pieces of one response that are told with the line they come from

def short(text, most=LONGEST_NAME):
    """At most so many characters of a text: its beginning and its end."""
    if len(text) <= most:
        return text
    return '%s\u2026%s' % (text[: most // 2], text[len(text) - most // 2 + 1 :])
