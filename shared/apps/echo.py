"""Answers with what it was given: the environ
and the body, as JSON."""
import json


def app(environ, start_response):
    body = environ["wsgi.input"].read()
    strings = {
        key: value
        for key, value in environ.items()
        if isinstance(value, str)
    }
    told = {
        "environ": strings,
        "body": body.decode("latin-1"),
    }
    answer = json.dumps(told, sort_keys=True)
    start_response(
        "200 OK",
        [("Content-Type", "application/json")],
    )
    return [answer.encode("ascii")]
