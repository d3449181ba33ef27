"""The server of the standard library, without its log. Argument: the port."""
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from application import app


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


class Patient(WSGIServer):
    # The default of 5 makes clients wait for a retransmission: what would be measured is the kernel's timer.
    request_queue_size = 1024


make_server("127.0.0.1", int(sys.argv[1]), app, server_class=Patient, handler_class=Quiet).serve_forever()
