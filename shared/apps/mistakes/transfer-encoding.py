"""The application does the chunking."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Transfer-Encoding", "chunked")]
    start_response("200 OK", headers)
    return [b"6\r\nHello\n\r\n0\r\n\r\n"]


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello\n"]
