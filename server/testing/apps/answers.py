"""Answers of every framing, and some that must not go out."""

PLAIN = ("Content-Type", "text/plain")
OK = "200 OK"

# By path: status, headers, what is returned.
ANSWERS = {
    "/one": (OK, [PLAIN], [b"abc"]),
    "/nothing": (OK, [PLAIN], []),
    "/no-content": ("204 No Content", [("Content-Length", "3")], [b"abc"]),
    "/not-modified": ("304 Not Modified", [("Content-Length", "7")], [b"abc"]),
    "/too-long": (OK, [PLAIN, ("Content-Length", "3")], [b"abc", b"Injected: 1"]),
    "/too-short": (OK, [PLAIN, ("Content-Length", "9")], [b"abc"]),
    "/bad-length": (OK, [PLAIN, ("Content-Length", "+3")], [b"abc"]),
    "/two-lengths": (OK, [("Content-Length", "3"), ("Content-Length", "4")], [b"abc"]),
    "/cr-lf-value": (OK, [("X-A", "a\r\nInjected: 1")], []),
    "/lf-value": (OK, [("X-A", "a\nInjected: 1")], []),
    "/cr-value": (OK, [("X-A", "a\rInjected: 1")], []),
    "/nul-value": (OK, [("X-A", "a\0Injected: 1")], []),
    "/cr-lf-name": (OK, [("X-A: 1\r\nInjected", "1")], []),
    "/blank-name": (OK, [("X-A Injected", "1")], []),
    "/cr-lf-status": ("200 OK\r\nInjected: 1", [], []),
    "/lf-status": ("200 OK\nInjected: 1", [], []),
    "/wide-value": (OK, [("X-A", "a\u010d\u010aInjected: 1")], []),
    "/hop-by-hop": (OK, [("Connection", "Injected")], []),
    "/transfer-encoding": (OK, [("Transfer-Encoding", "Injected")], []),
}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response(OK, [PLAIN])
        return (piece for piece in (b"abc", b"", b"de"))
    if path == "/write":
        write = start_response(OK, [PLAIN])
        write(b"abc")
        return [b"de"]
    status, headers, body = ANSWERS[path]
    start_response(status, headers)
    return body
