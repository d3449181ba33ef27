"""A shop in Flask, written as its tutorial would: what the tests of Flask applications talk to."""
import hashlib
import os
import time

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    request,
    send_file,
    session,
    stream_with_context,
    url_for,
)

api = Blueprint("api", __name__, url_prefix="/api")


@api.route("/items/<int:number>")
def item(number):
    return jsonify(number=number, kind=type(number).__name__)


@api.route("/files/<path:name>")
def file_name(name):
    return {"name": name}


def create_app():
    app = Flask("shop")
    app.secret_key = "only for tests"
    app.register_blueprint(api)

    @app.before_request
    def count_visits():
        g.visitor = request.headers.get("X-Visitor", "nobody")
        if request.path == "/closed":
            return "closed, %s\n" % g.visitor, 503

    @app.route("/")
    def index():
        return "the shop\n"

    @app.route("/hello/<name>")
    def hello(name):
        return "hello, %s\n" % name

    @app.route("/folder/")
    def folder():
        return "with a slash\n"

    @app.route("/old")
    def old():
        return redirect(url_for("hello", name="new"))

    @app.route("/login", methods=["POST"])
    def login():
        session["user"] = request.form["user"]
        session["cart"] = request.form.getlist("cart")
        return redirect(url_for("cart"), 303)

    @app.route("/cart")
    def cart():
        return jsonify(user=session.get("user"), cart=session.get("cart"))

    @app.route("/ticker")
    def ticker():
        """Three lines, the last when a file is there."""
        go = request.args["go"]

        def lines():
            yield "one\n"
            yield "two\n"
            while not os.path.exists(go):
                time.sleep(0.005)
            yield "three, for %s\n" % request.path

        return Response(stream_with_context(lines()), mimetype="text/plain")

    @app.route("/upload", methods=["POST"])
    def upload():
        sent = request.files["file"]
        digest = hashlib.sha256()
        size = 0
        for block in iter(lambda: sent.stream.read(1 << 20), b""):
            digest.update(block)
            size += len(block)
        return jsonify(name=sent.filename, note=request.form["note"], size=size, sha256=digest.hexdigest())

    @app.route("/source")
    def source():
        return send_file(__file__, mimetype="text/x-python")

    @app.route("/gone")
    def gone():
        return "", 204

    @app.route("/teapot")
    def teapot():
        abort(418)

    @app.route("/broken")
    def broken():
        return "%d\n" % (1 // 0)

    @app.errorhandler(404)
    def not_found(error):
        return "nothing here: %s\n" % request.path, 404

    return app


app = create_app()
