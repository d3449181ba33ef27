"""Middleware is an application that calls another:
it may change the environ on the way in, and the
headers on the way out."""


def hello(environ, start_response):
    user = environ["example.user"]
    place = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    start_response(
        "200 OK",
        [("Content-Type", "text/plain")],
    )
    return [f"{user} is at {place}\n".encode("latin-1")]


class Mounted:
    """Serves `inner` below a prefix, for a known user."""

    def __init__(self, inner, prefix):
        self.inner = inner
        self.prefix = prefix

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith(self.prefix + "/"):
            environ["SCRIPT_NAME"] += self.prefix
            environ["PATH_INFO"] = path[len(self.prefix):]
        environ["example.user"] = "Ada"

        def with_header(status, headers, exc_info=None):
            headers = headers + [("X-Served-By", "Mounted")]
            return start_response(status, headers, exc_info)

        return self.inner(environ, with_header)


app = Mounted(hello, "/shop")
