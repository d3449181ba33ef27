"""The smallest useful application."""
from urllib.parse import parse_qs


def app(environ, start_response):
    query = environ.get("QUERY_STRING", "")
    names = parse_qs(query).get("name")
    name = names[0] if names else "world"
    body = f"Hello, {name}!\n"

    if environ["REQUEST_METHOD"] == "POST":
        sent = environ["wsgi.input"].read()
        body += f"You sent {len(sent)} bytes.\n"

    kind = "text/plain; charset=utf-8"
    start_response("200 OK", [
        ("Content-Type", kind),
    ])
    return [body.encode()]
