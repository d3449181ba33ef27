"""Takes a body of any size and says what it was; gives one of the size that the query asks for."""

import hashlib

BLOCK = 64 * 1024


def take(environ, start_response):
    """Reads block by block, and answers with the length and the digest."""
    digest = hashlib.sha256()
    length = 0
    while block := environ["wsgi.input"].read(BLOCK):
        digest.update(block)
        length += len(block)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{length} {digest.hexdigest()}\n".encode("ascii")]


def give(environ, start_response):
    """Blocks of zeros; with a Content-Length where the path asks for one."""
    length = int(environ["QUERY_STRING"])
    headers = [("Content-Type", "application/octet-stream")]
    if environ["PATH_INFO"] == "/length":
        headers.append(("Content-Length", str(length)))
    start_response("200 OK", headers)
    return blocks(length)


def blocks(length):
    while length > 0:
        size = min(BLOCK, length)
        yield bytes(size)
        length -= size


def app(environ, start_response):
    serve = take if environ["REQUEST_METHOD"] == "POST" else give
    return serve(environ, start_response)
