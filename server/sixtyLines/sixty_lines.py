"""A WSGI server to read in a minute: it is naive on purpose, and serves one request at a time.

    python3 sixty_lines.py module:callable [port]
    python3 sixty_lines.py path/to/file.py:callable [port]
"""
import importlib
import io
import socket
import sys

HOST = '127.0.0.1'


def load(spec):
    """The application: the callable behind the colon, in the module or file before it."""
    place, _, name = spec.rpartition(':')
    folder, _, module = place.rpartition('/')
    sys.path.insert(0, folder or '.')
    if module.endswith('.py'):
        module = module[:-3]
    return getattr(importlib.import_module(module), name)


def handle(connection, application, port):
    data = connection.recv(1024)
    line = data.split(b'\r\n')[0].decode('latin-1')
    method, path, version = line.split(' ')

    environ = {
        'wsgi.version': (1, 0),
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(data),
        'wsgi.errors': sys.stderr,
        'wsgi.multithread': False,
        'wsgi.multiprocess': False,
        'wsgi.run_once': False,
        'REQUEST_METHOD': method,
        'PATH_INFO': path,
        'SERVER_NAME': HOST,
        'SERVER_PORT': str(port),
    }
    head, body = [], []

    def start_response(status, headers, exc_info=None):
        head[:] = [status, headers]
        return body.append  # this is write()

    result = application(environ, start_response)
    for chunk in result:
        body.append(chunk)

    status, headers = head
    text = f'HTTP/1.0 {status}\r\n'
    for name, value in headers:
        text += f'{name}: {value}\r\n'
    text += '\r\n'
    connection.sendall(text.encode('latin-1') + b''.join(body))
    connection.close()


def serve(application, port):
    listener = socket.create_server((HOST, port))
    port = listener.getsockname()[1]  # where port was 0, the system chose one
    print(f'Serving on http://{HOST}:{port}/', flush=True)
    while True:
        connection, client = listener.accept()
        handle(connection, application, port)


if __name__ == '__main__':
    serve(load(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8000)
