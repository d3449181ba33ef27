"""close() raises."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    class Body(list):
        def close(self):
            raise ValueError("closed twice?")

    start_response("200 OK", TEXT)
    return Body([b"Hello\n"])


def fixed(environ, start_response):
    class Body(list):
        def close(self):
            pass

    start_response("200 OK", TEXT)
    return Body([b"Hello\n"])
