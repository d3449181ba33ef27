"""A form: GET shows it, POST reads what it sent.
The fields are in the body, written like a query."""
from html import escape
from urllib.parse import parse_qs

FORM = """
<form method="post">
  <label>Your name <input name="name"></label>
  <label>Your city <input name="city"></label>
  <button>Send</button>
</form>
"""


def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        page = thanks(read_fields(environ))
    else:
        page = FORM
    start_response(
        "200 OK",
        [("Content-Type", "text/html; charset=utf-8")],
    )
    html = f"<!doctype html><title>Form</title>{page}"
    return [html.encode("utf-8")]


def read_fields(environ):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size)
    return parse_qs(body.decode("utf-8", "replace"))


def thanks(fields):
    name = escape(fields.get("name", ["stranger"])[0])
    city = escape(fields.get("city", ["nowhere"])[0])
    return f"""
<h1>Hello, {name}!</h1>
<p>How is the weather in {city}?</p>
<p><a href="">Once more</a></p>
"""
