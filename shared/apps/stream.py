"""A generator: each chunk leaves as soon as it is made.
Try ?n=10&delay=0.2"""
import time
from urllib.parse import parse_qs


def app(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    n = int(query.get("n", ["5"])[0])
    delay = float(query.get("delay", ["1"])[0])
    start_response(
        "200 OK",
        [("Content-Type", "text/plain")],
    )
    for i in range(1, n + 1):
        if i > 1:
            time.sleep(delay)
        yield f"chunk {i} of {n}\n".encode("ascii")
