"""Answers with what it was given: the repr of each entry of the environ, and what wsgi.input holds."""


def app(environ, start_response):
    given = environ['wsgi.input']
    first, rest = given.readline(), given.read()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-Number', 5)])
    for key, value in environ.items():
        yield ('%s = %r\n' % (key, value)).encode()
    yield ('%r + %r\n' % (first, rest)).encode()


def written(environ, start_response):
    write = start_response('200 OK', [])
    write(b'first, ')
    return [b'second, ', b'third']


def raises(environ, start_response):
    raise LookupError('on purpose')


def raises_late(environ, start_response):
    start_response('200 OK', [])
    yield b'never sent'
    raise LookupError('too late')


class Closing:
    def __init__(self, environ, start_response):
        start_response('404 Not Found', [('X-Kind', 'closing')])
        self.left = [b'a', b'b']

    def __iter__(self):
        return iter(self.left)

    def close(self):
        raise RuntimeError('nobody calls this')


def text(environ, start_response):
    start_response('200 OK', [])
    return ['not bytes']


def silent(environ, start_response):
    return [b'no start_response']


def exits(environ, start_response):
    raise SystemExit(3)


def killed(environ, start_response):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def through_library(environ, start_response):
    import contextlib

    with contextlib.ExitStack() as stack:
        stack.callback(start_response, '200 OK', [])
    return []
