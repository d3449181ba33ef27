"""A status that is not a final answer."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("102 Processing", [])
    return []


def fixed(environ, start_response):
    start_response("202 Accepted", TEXT)
    return [b"It will take a while.\n"]
