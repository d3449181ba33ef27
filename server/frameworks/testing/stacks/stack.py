"""A Flask application and a plain one, mounted side by side behind what a proxy says, with a header stamped on."""
from flask import Flask, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

shop = Flask("shop")


@shop.route("/where")
def where():
    return {
        "script": request.environ["SCRIPT_NAME"],
        "path": request.environ["PATH_INFO"],
        "remote": request.remote_addr,
        "url": request.url,
    }


def plain(environ, start_response):
    body = "plain at %(SCRIPT_NAME)s, %(PATH_INFO)s\n" % environ
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body.encode("latin-1")]


class Stamp:
    """Adds a header to every answer."""

    def __init__(self, app, stamp):
        self.app = app
        self.stamp = stamp

    def __call__(self, environ, start_response):
        def stamping(status, headers, exc_info=None):
            stamped = headers + [("X-Stamp", self.stamp)]
            return start_response(status, stamped, exc_info)

        return self.app(environ, stamping)


mounted = DispatcherMiddleware(shop, {"/plain": plain, "/shop": shop})
proxied = ProxyFix(mounted, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)
app = Stamp(proxied, "the outermost")
