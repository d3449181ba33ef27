"""The worker: it loads the application, says so, and serves one request after the other."""
import io
import signal
import sys
from time import monotonic_ns

from . import failures, own_files
from .call import serve
from .channel import channel
from .forks import ForkEnds, leave_if_forked
from .limits import MOST_FILES
from .loading import load, runtime
from .sources import Sources, tell_imported
from .streams import FileWrapper, errors, printed
from .terminal import standard_input


def run(end, load_failure=failures.load_failure):
    """Serves until the server closes its end, or returns where the application cannot be used: `load_failure` says why.
    `end` is a socket, or what receives and sends like one."""
    channel.connect(end)
    standard_input.terminal = sys.stdin
    sys.stdin = standard_input
    sys.stdout = io.TextIOWrapper(printed[0], 'utf-8', 'backslashreplace', write_through=True)
    sys.stderr = io.TextIOWrapper(printed[1], 'utf-8', 'backslashreplace', write_through=True)
    channel.put(0, [('started', monotonic_ns())])
    channel.flush()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides
    while not channel.inbox:
        channel.receive()
    config = channel.inbox.popleft()[0][1]
    standard_input.why_not = config['noTerminal']
    sources = Sources(config['codings'])
    application = load_and_tell(config, sources, load_failure)
    if application is not None:
        serve_all(application, base_environ(config), sources)


def base_environ(config):
    """What the environ of every request has, beside what the server says of each (PEP 3333, "environ Variables")."""
    return {
        'wsgi.version': (1, 0),
        'wsgi.errors': errors,
        'wsgi.multithread': False,
        'wsgi.multiprocess': config['multiprocess'],
        'wsgi.run_once': False,
        'wsgi.input_terminated': True,
        'wsgi.file_wrapper': FileWrapper,
    }


def load_and_tell(config, sources, load_failure):
    """The application, or None where it cannot be used; the server is told which."""
    failure = None
    try:
        own_files.set_folder(config['folder'])
        application, found = load(config)
        leave_if_forked()
    except ForkEnds:
        raise
    except BaseException as error:  # also SystemExit: a module that ends the interpreter cannot be served
        leave_if_forked(error)
        failure, failed_files = load_failure(error, config), failures.files_of_failure(error, sources.told)
    for stream in printed:
        if stream.partial:
            stream.end_line()
    if failure is not None:
        files = (failed_files + sources.new_files())[:MOST_FILES]
        channel.put(0, [('failed', monotonic_ns(), {**runtime(), **failure, 'files': files})])
        channel.flush()
        return None
    files = sources.new_files()
    channel.put(0, [('hello', monotonic_ns(), {**runtime(), **found, 'files': files[:MOST_FILES]})])
    tell_imported(files[MOST_FILES:])
    return application


def serve_all(application, environ, sources):
    inbox = channel.inbox
    while True:
        while not inbox:
            channel.flush()
            channel.receive()
        serve(application, environ, *inbox.popleft())
        if len(sys.modules) != sources.modules:
            tell_imported(sources.new_files())
