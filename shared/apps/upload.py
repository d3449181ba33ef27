"""Takes files of any size: the body is read in blocks,
never kept whole. Tells size and sha256 of each file.

    curl -F file=@photo.jpg localhost:8888/
    curl --data-binary @photo.jpg localhost:8888/
"""
import hashlib

BLOCK = 64 * 1024


def app(environ, start_response):
    body = environ["wsgi.input"]
    kind = environ.get("CONTENT_TYPE", "")
    if kind.startswith("multipart/form-data"):
        found = parts(body, find_mark(kind))
    else:
        found = [("body", blocks(body))]
    told = "".join(describe(*part) for part in found)
    start_response(
        "200 OK",
        [("Content-Type", "text/plain; charset=utf-8")],
    )
    return [told.encode("utf-8")]


def describe(name, content):
    size, digest = 0, hashlib.sha256()
    for block in content:
        size += len(block)
        digest.update(block)
    sha256 = digest.hexdigest()
    return f"{name}: {size} bytes, sha256 {sha256}\n"


def blocks(body):
    return iter(lambda: body.read(BLOCK), b"")


def lines(body):
    return iter(lambda: body.readline(BLOCK), b"")


def find_mark(kind):
    boundary = kind.partition("boundary=")[2]
    boundary = boundary.split(";")[0].strip('" ')
    return b"--" + boundary.encode("latin-1")


def parts(body, mark):
    """Each part's name, and its content in blocks."""
    body.readline(BLOCK)  # the first mark
    while True:
        name = read_name(body)
        if name is None:
            return
        yield name, read_content(body, mark)


def read_name(body):
    """From the part's own headers; None at the end."""
    name = "part"
    for line in lines(body):
        if line == b"\r\n":
            return name
        text = line.decode("utf-8", "replace")
        if text.lower().startswith("content-disposition"):
            for key in (' name="', ' filename="'):
                value = text.partition(key)[2]
                name = value.partition('"')[0] or name
    return None


def read_content(body, mark):
    held = b""  # the line break before a mark, if it is one
    for line in lines(body):
        at_start = held == b"" or held.endswith(b"\n")
        if at_start and line.startswith(mark):
            return
        line = held + line
        yield line[:-2]
        held = line[-2:]
