"""Ways out of embedded Python, chosen by PATH_INFO. What one brings home is its answer; what it raises is said."""
import gc
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def app(environ, start_response):
    try:
        found = 'GOT %r' % (globals()[environ['PATH_INFO'][1:]](environ.get('QUERY_STRING')),)
    except BaseException as error:
        found = 'DENIED %s: %s' % (type(error).__name__, error)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [found.encode('utf-8', 'backslashreplace')]


def ping(query):
    return 'pong'


# Files


def open_outside(path):
    return open(path).read()


def list_outside(path):
    return os.listdir(path)


def list_root(query):
    return sorted(os.listdir('/'))


def open_dotdot(path):
    return open(FOLDER + '/..' * 20 + path).read()


def open_link(name):
    return open(os.path.join(FOLDER, name)).read()


def list_link(name):
    return os.listdir(os.path.join(FOLDER, name))


def open_proc(query):
    return open('/proc/self/environ').read()


def chdir_and_open(path):
    os.chdir(os.path.dirname(path))
    return open(os.path.basename(path)).read()


def write_file(query):
    open(os.path.join(FOLDER, 'written'), 'w')


def write_over(query):
    open(__file__, 'r+').write('#')


def append(query):
    open(__file__, 'a').write('#')


def remove(query):
    os.remove(__file__)


def rename(query):
    os.rename(__file__, __file__ + '.old')


def replace(query):
    open('/tmp/mine', 'w').close()
    os.replace('/tmp/mine', __file__)


def truncate(query):
    os.truncate(__file__, 0)


def chmod(query):
    os.chmod(__file__, 0o777)
    return open(__file__, 'r+').write('#')


def mkdir(query):
    os.mkdir(os.path.join(FOLDER, 'made'))


def symlink(path):
    os.symlink(path, '/tmp/link')
    return open('/tmp/link').read()


# Environment and processes


def environment(query):
    return dict(os.environ)


def fork(query):
    return os.fork()


def system(query):
    status = os.system('echo out')
    if status != 0:
        raise OSError('status %s' % status)
    return status


def popen(query):
    return os.popen('id').read() or 1 / 0


def run_process(query):
    import subprocess

    return subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout


def execute(query):
    os.execv('/bin/sh', ['sh'])


def spawn(query):
    return os.posix_spawn('/bin/sh', ['sh'], {})


def kill(pid):
    import signal

    return os.kill(int(pid), signal.SIGKILL)


def thread(query):
    import threading

    threading.Thread(target=print).start()


# Network


def tcp(port):
    import socket

    with socket.create_connection(('127.0.0.1', int(port)), timeout=1) as connection:
        connection.sendall(b'out')
        return connection.recv(1)


def udp(port):
    import socket

    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', int(port)))


def listen(query):
    import socket

    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen()
        return server.accept()


def url(port):
    import urllib.request

    return urllib.request.urlopen('http://127.0.0.1:%s/' % port, timeout=1).read()


def http(port):
    import http.client

    client = http.client.HTTPConnection('127.0.0.1', int(port), timeout=1)
    client.request('GET', '/')
    return client.getresponse().read()


def asynchronous(port):
    import asyncio

    return asyncio.new_event_loop().run_until_complete(asyncio.open_connection('127.0.0.1', int(port)))


def resolve(query):
    import socket

    address = socket.gethostbyname('example.com')
    return tcp_to(address)


def tcp_to(address):
    import socket

    return socket.create_connection((address, 80), timeout=1)


def pyodide_http(port):
    from pyodide.http import open_url

    return open_url('http://127.0.0.1:%s/' % port).read()


def fetch(port):
    from js import fetch

    return fetch('http://127.0.0.1:%s/' % port)


def xml_http_request(port):
    from js import XMLHttpRequest

    return XMLHttpRequest.new()


# JavaScript, by its names


def import_js(query):
    import js

    return js


def import_pyodide_js(query):
    import pyodide_js

    return pyodide_js


def run_js(code):
    from pyodide.code import run_js

    return run_js(code)


def import_core(query):
    import _pyodide_core

    return _pyodide_core


def import_ctypes(query):
    import ctypes

    return ctypes.CDLL(None)


# JavaScript, past the names: whatever is hidden from imports is somewhere in memory


def unhide():
    """Undoes what keeps imports from Pyodide's modules; gives the object that JavaScript calls pyodide."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != 'Absent']
    for thing in gc.get_objects():
        if type(thing).__name__ == 'module' and thing.__name__.partition('.')[0] in ('pyodide', '_pyodide', '_pyodide_core'):
            sys.modules.setdefault(thing.__name__, thing)
    for thing in gc.get_objects():
        if type(thing).__name__ == 'JsFinder':
            return thing.jsproxies['pyodide_js'], thing.jsproxies['js']
    raise LookupError('no way to JavaScript was found')


def js_names(query):
    _, js = unhide()
    return [name for name in ('process', 'require', 'globalThis', 'fetch', 'eval', 'Function') if hasattr(js, name)]


def js_constructor(query):
    pyodide, _ = unhide()
    return pyodide.constructor.constructor('return process')()


def js_generator_constructor(query):
    pyodide, _ = unhide()
    function = pyodide.runPythonAsync.constructor
    return function('return import("node:fs")')()


def js_prototype(query):
    pyodide, _ = unhide()
    pyodide.constructor.prototype.polluted = 'yes'
    return pyodide.polluted


def js_prepare_stack_trace(query):
    """V8 hands the frames of the call to whoever puts a function here, and each frame knows its function."""
    pyodide, _ = unhide()
    found = []
    kind = pyodide.constructor.getPrototypeOf(pyodide.ffi.PythonError)
    kind.prepareStackTrace = lambda error, frames: found.append([f.getThis() for f in frames])
    try:
        pyodide.FS.readFile('/nowhere')
    except Exception as error:
        str(error)
    return found[0]


def mount_node_fs(path):
    pyodide, _ = unhide()
    pyodide.mountNodeFS('/mnt', path)
    return os.listdir('/mnt')


def mount_by_hand(path):
    pyodide, _ = unhide()
    pyodide.FS.mkdirTree('/hand')
    from pyodide.ffi import to_js

    pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, to_js({'root': path}, dict_converter=pyodide.constructor.fromEntries), '/hand')
    return os.listdir('/hand')


def load_binary_file(path):
    pyodide, _ = unhide()
    promise = pyodide._api.loadBinaryFile(path)
    if not promise.done():
        raise TimeoutError('a promise that nobody keeps')
    return promise.result()


def load_package(port):
    """Says nothing before an event loop turns, so its result is that there is none."""
    pyodide, _ = unhide()
    promise = pyodide.loadPackage('http://127.0.0.1:%s/x.whl' % port)
    from pyodide.ffi import run_sync

    return run_sync(promise)


def web_socket(port):
    pyodide, _ = unhide()
    peer = pyodide._module.SOCKFS.websocket_sock_ops
    return peer.createPeer(pyodide._module.SOCKFS.createSocket(2, 1, 6), '127.0.0.1', int(port))


def run_script(code):
    """The C function whose argument is JavaScript to run."""
    unhide()
    import ctypes

    library = ctypes.CDLL(None)
    library.emscripten_run_script_string.restype = ctypes.c_char_p
    return library.emscripten_run_script_string(code.encode())


def run_script_imported(code):
    pyodide, _ = unhide()
    module = pyodide._module
    return module._emscripten_run_script_int(module.stringToNewUTF8(code))


# Time, memory and order


def loop(query):
    while True:
        pass


def loop_in_c(query):
    """Where no Python runs that could be interrupted."""
    import re

    return re.match('(x+x+)+z', 'x' * 60)


def age(query):
    """Milliseconds since this process began."""
    import time

    return int(time.perf_counter() * 1000)


def endless_list(query):
    kept = []
    while True:
        kept.append(bytearray(1000000))


def endless_string(query):
    text = 'x'
    while True:
        text += text


def endless_file(query):
    with open('/tmp/endless', 'wb') as file:
        for _ in range(100000):
            file.write(b'x' * 1000000)


def endless_files(query):
    """Removed while open: nothing counts them any more."""
    kept = []
    for count in range(100000):
        kept.append(open('/tmp/%d' % count, 'wb'))
        kept[-1].write(b'x' * 1000000)
        os.remove('/tmp/%d' % count)


def endless_arrays(query):
    """In the memory of JavaScript, not of WebAssembly."""
    unhide()
    from pyodide.ffi import to_js

    kept = []
    while True:
        kept.append(to_js(b'x' * 10000000))


def endless_recursion(query):
    sys.setrecursionlimit(10**9)
    return endless_recursion(query)


def endless_frame(query):
    """The beginning of a frame of four gigabytes, past the one that is being written."""
    channel = os.open('/dev/channel', os.O_WRONLY)
    os.write(channel, b'\xff\xff\xff\xff')
    while True:
        os.write(channel, b'x' * 1000000)


def endless_line(query):
    """Past sys.stdout, and without an end."""
    for _ in range(300):
        os.write(1, b'x' * 1000000)


def second_greeting(query):
    """Says that another application was loaded."""
    import wsgiscope_worker as worker

    facts = {'version': '4.0', 'executable': '', 'callable': 'x', 'file': None, 'line': None, 'attribute': 'x'}
    worker.channel.put(0, [('hello', 1, facts)])
    worker.channel.flush()
    loop(query)


def endless_chunks(query):
    """However slow the client is."""
    import wsgiscope_worker as worker

    call = worker.channel.running
    call.events.append(('startResponse', 1, '200 OK', [], None, ()))
    while True:
        call.events.append(('chunk', 1, 1000000))
        call.payload.append(b'x' * 1000000)
        call.flush()


def forged_source(path):
    """Says of a file outside that it is one of the application's own, so that it is shown as its source."""
    import wsgiscope_worker as worker

    worker.channel.put(0, [('imported', 1, [path, 'no\0name', '/proc/self/mem'])])
    stack = [{'file': path, 'line': 1, 'function': 'app'}]
    worker.channel.running.events.append(('startResponse', 1, '200 OK', [], None, stack))
    worker.channel.running.flush()
    return 'forged'
