"""Notes in Bottle: what the tests of Bottle applications talk to."""
import os
import time

from bottle import Bottle, abort, redirect, request, response, static_file

app = Bottle()


@app.route("/")
def index():
    return "notes\n"


@app.route("/note/<number:int>")
def note(number):
    return {"number": number}


@app.post("/note")
def add():
    response.status = 201
    response.set_header("Location", "/note/%d" % len(request.forms.text))
    return "noted: %s by %s\n" % (request.forms.text, request.forms.getunicode("by"))


@app.route("/static/<name>")
def static(name):
    return static_file(name, root=os.path.dirname(os.path.abspath(__file__)), mimetype="text/x-python")


@app.route("/old")
def old():
    redirect("/")


@app.route("/forbidden")
def forbidden():
    abort(403, "not for you")


@app.route("/broken")
def broken():
    return str(1 // 0)


@app.route("/ticker")
def ticker():
    """Three lines, the last when a file is there."""
    response.content_type = "text/plain; charset=utf-8"
    go = request.query.go
    yield "one\n"
    yield "two\n"
    while not os.path.exists(go):
        time.sleep(0.005)
    yield "three\n"
