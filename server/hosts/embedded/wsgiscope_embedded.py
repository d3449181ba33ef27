"""Runs the worker inside Pyodide, where the channel is a device and there is no way to JavaScript.

What is taken away here is taken away so that an application hears in one line what it cannot have. That it cannot have it
is not decided here, see child.mjs.
"""
import _thread
import asyncio.base_events
import asyncio.events
import asyncio.runners
import atexit
import errno
import glob
import importlib.abc
import importlib.machinery
import json
import os
import struct
import sys
import tempfile
import threading
import time
import traceback

from wsgiscope_worker import failures, parent, worker

with open('/wsgiscope/settings.json') as said:
    folder = json.load(said)['folder']


class Devices:
    """The server's other end, as far as its Channel uses a socket."""

    def __init__(self):
        self.channel = open('/dev/channel', 'r+b', buffering=0)
        self.sent = os.open('/dev/sent', os.O_RDONLY)
        self.received = 0

    def recv_into(self, buffer, _size=0, flags=0):
        """With flags, only what is there already: the server says how many bytes it has sent."""
        if flags and struct.unpack('<d', os.read(self.sent, 8))[0] <= self.received:
            raise BlockingIOError
        count = self.channel.readinto(buffer)
        self.received += count
        return count

    def sendall(self, data):
        sent = self.channel.write(data)
        while sent < len(data):
            sent += self.channel.write(memoryview(data)[sent:])


class Absent(importlib.abc.MetaPathFinder):
    """Says why a module is not there."""

    REASONS = {
        'js': 'an embedded application has no JavaScript',
        'pyodide': 'an embedded application has no JavaScript',
        'ctypes': 'an embedded application calls no C functions',
    }
    NAMES = {'pyodide_js': 'pyodide', '_pyodide': 'pyodide', '_pyodide_core': 'pyodide', '_ctypes': 'ctypes'}

    def find_spec(self, name, path, target=None):
        top = name.partition('.')[0]
        reason = self.REASONS.get(self.NAMES.get(top, top))
        if reason is not None:
            raise ImportError(reason, name=name)


def hide_javascript():
    """Kept in a list: Pyodide itself still needs its modules."""
    finders = sys.meta_path[:]
    sys.meta_path[:] = [f for f in finders if type(f).__module__ != '_pyodide._importhook']
    sys.meta_path.insert(0, Absent())
    hidden = {*Absent.REASONS, *Absent.NAMES}
    return finders, [sys.modules.pop(name) for name in list(sys.modules) if name.partition('.')[0] in hidden]


def sleep(seconds):
    """time.sleep, without keeping the processor busy."""
    if not isinstance(seconds, (int, float)):
        raise TypeError('a number of seconds is required, not %s' % type(seconds).__name__)
    if not seconds >= 0:
        raise ValueError('sleep length must be non-negative')
    with open('/dev/sleep', 'wb', buffering=0) as device:
        device.write(struct.pack('<d', seconds))


class Timers(asyncio.base_events.BaseEventLoop):
    """An event loop of tasks and timers. Pyodide's own is that of JavaScript."""

    def __init__(self):
        super().__init__()
        self._selector = self

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError('asyncio waits for what cannot come: embedded Python has no sockets, threads or processes')
        if timeout > 0:
            time.sleep(timeout)
        return ()

    def _process_events(self, events):
        """There is none but those of time."""

    def _write_to_self(self):
        """There is no other thread to wake it from."""


class Policy(asyncio.events.BaseDefaultEventLoopPolicy):
    _loop_factory = Timers


def package_folders():
    """Where pip puts packages, if told to put them beside the application."""
    places = ['site-packages', 'vendor', '.venv/lib/*/site-packages', 'venv/lib/*/site-packages']
    return [path for place in places for path in glob.glob(os.path.join(glob.escape(folder), place))]


def extension_of(name):
    """The file of a C extension that would be this module in another Python, or None."""
    for place in sys.path:
        # Not by the parent's __path__: a package that could not be imported has gone from sys.modules.
        base = os.path.join(place or os.curdir, *name.split('.'))
        for path in glob.glob(glob.escape(base) + '.*'):
            if path.endswith(('.so', '.pyd')):
                return path
    return None


#: What the modules of the standard library need that there is not, by their names.
NEEDS = {
    'threading': 'threads',
    'multiprocessing': 'processes',
    'concurrent.futures.process': 'processes',
    'subprocess': 'processes',
    'socket': 'network connections',
}


def lacking(error):
    """What an application asked for that is not there, or None."""
    if not isinstance(error, (ImportError, NotImplementedError, OSError, RuntimeError)):
        return None
    if getattr(error, 'name', None) in ('_multiprocessing', '_posixshmem'):
        return 'processes'
    if isinstance(error, OSError) and error.errno == errno.ENOSYS:
        return 'processes'  # os.fork() and its kind; what else there is not has no name in os
    for frame, _ in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get('__name__')
        for module, needs in NEEDS.items():
            if name == module or (isinstance(name, str) and name.startswith(module + '.')):
                return needs
    return None


def no_thread(*arguments, **options):
    raise RuntimeError("can't start new thread: embedded Python has none, --python python3 has")


def load_failure(error, config):
    facts = failures.load_failure(error, config)
    for _ in range(20):
        if error is None:
            break
        facts['lacks'] = lacking(error)
        if facts['lacks'] is not None:
            break
        if isinstance(error, ImportError) and error.name:
            facts['extension'] = extension_of(error.name) or extension_of('%s.%s' % (error.name, error.name_from))
            if facts['extension'] is not None:
                break
        error = error.__cause__ or error.__context__
    return facts


pyodide = hide_javascript()
time.sleep = sleep
_thread.start_new_thread = _thread.start_joinable_thread = threading._start_joinable_thread = no_thread
asyncio.run = asyncio.runners.run
asyncio.set_event_loop_policy(Policy())
asyncio.events._set_running_loop(None)
sys.dont_write_bytecode = True
sys.executable = ''
sys.path[:] = ['', *package_folders(), *(path for path in sys.path if path not in ('', '/wsgiscope'))]
os.chdir(folder)
if not os.access('/tmp', os.W_OK):  # it is the application's folder
    os.mkdir('/wsgiscope/tmp')
    tempfile.tempdir = '/wsgiscope/tmp'
for name in list(os.environ):
    del os.environ[name]
os.environ['HOME'] = '/home'
try:
    worker.run(Devices(), load_failure)
    code = 0
except SystemExit as end:
    code = end.code if isinstance(end.code, int) else 0
except OSError as lost:  # of the channel: the application's own are told of
    parent.leave_without_channel('/dev/channel', lost)
atexit._run_exitfuncs()  # what Python does itself where a process ends by itself
sys.stdout.flush()
os._exit(code)
