"""What the Python servers are compared with: an answer that is small, large or in chunks, and a body that is counted."""

BLOCK = 64 * 1024
MEBIBYTE = b"m" * 1024 * 1024
TEXT = ("Content-Type", "text/plain; charset=utf-8")


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        # No length: whoever can, sends it in chunks.
        start_response("200 OK", [TEXT])
        return (b"s" * BLOCK for _ in range(16))
    if path == "/pieces":
        start_response("200 OK", [TEXT])
        return (b"p" * 100 for _ in range(1000))
    if path == "/mebibyte":
        body = MEBIBYTE
    elif path == "/count":
        body = b"%d\n" % count(environ)
    else:
        body = b"Hello, world!\n"
    start_response("200 OK", [TEXT, ("Content-Length", str(len(body)))])
    return [body]


def count(environ):
    """Length of the body, read in blocks. PEP 3333 lets nobody read beyond CONTENT_LENGTH, unless the server ends the input."""
    body = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    endless = 1 << 40 if environ.get("wsgi.input_terminated") else 0
    left = int(length) if length else endless
    total = 0
    while left > 0:
        block = body.read(min(BLOCK, left))
        if not block:
            break
        total += len(block)
        left -= len(block)
    return total
