"""Answers that are large, or have no end. Every eight bytes of them say where they are."""
from urllib.parse import parse_qs

TEXT = [('Content-Type', 'text/plain')]
CHUNK = 64 * 1024


def numbered(start, length):
    return b''.join(b'%07d\n' % (n % 10_000_000) for n in range(start // 8, (start + length) // 8))


def application(environ, start_response):
    start_response('200 OK', TEXT)
    path = environ['PATH_INFO']
    size = int(parse_qs(environ['QUERY_STRING']).get('size', ['0'])[0])
    if path == '/endless':
        return endless()
    if path == '/whole':
        return [numbered(0, size)]
    if path == '/chunks':
        return (numbered(start, min(CHUNK, size - start)) for start in range(0, size, CHUNK))
    return [b'hello']


def endless():
    block = b'x' * CHUNK
    while True:
        yield block
