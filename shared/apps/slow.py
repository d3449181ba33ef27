"""Works for a while before it answers. Meanwhile its
worker can do nothing else. Try ?seconds=10"""
import time
from urllib.parse import parse_qs


def app(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    seconds = float(query.get("seconds", ["3"])[0])
    time.sleep(seconds)
    start_response(
        "200 OK",
        [("Content-Type", "text/plain")],
    )
    return [f"That took {seconds:g} s.\n".encode()]
