"""The smallest useful WSGI application."""
from urllib.parse import parse_qs


def app(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    name = query.get("name", ["world"])[0]
    body = f"Hello, {name}!\n"
    if environ["REQUEST_METHOD"] == "POST":
        sent = environ["wsgi.input"].read()
        body += f"You sent {len(sent)} bytes.\n"
    start_response(
        "200 OK",
        [("Content-Type", "text/plain; charset=utf-8")],
    )
    return [body.encode("utf-8")]
