"""len() tells bytes, not chunks."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    class Body(list):
        def __len__(self):
            return sum(map(len, self))

    start_response("200 OK", TEXT)
    return Body([b"Hello, ", b"world\n"])


def fixed(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello, ", b"world\n"]
