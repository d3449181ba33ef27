"""Runs sixty_lines.py as it stands and tells wsgiscope, over file descriptor 3, of each step it takes. Needs Python 3.8.

    python3 trace_lines.py config path/to/sixty_lines.py module:callable port

`config` is what a worker is told of the application, in JSON. An application that the program has no words for (a file whose
name cannot be imported, a factory) is loaded before it starts, and stands as module:callable among what it can import.

A report is a line of JSON, with bytes as latin-1 text. After each one the program stands still until a byte comes back:
so its steps and the bytes on its socket have one order. The byte is b'0' where nobody ever looks, else every line is
reported; b'2' where somebody watches now: then the local variables are, too. Nothing is changed in the program that is
watched: what it does is read off its local variables.
Longer than 250 lines: what is watched, what is told of it and what is waited for are one trace function around one program.
"""
import os
import sys

CHANNEL_FD = 3
MOST_LINES = 2000  # lines of one request that are reported
MOST_READS = 1000  # reads of one wsgi.input that are reported
SHORT = 60  # characters of a local variable that are reported
MOST_BYTES = 4 * 1024 * 1024  # of a piece of the body, with its bytes; of one more, its length

sys.dont_write_bytecode = True  # beside the files of wsgiscope; the application may
known = set(sys.modules)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'hosts', 'python'))
import json
import signal
import types
import _thread
from wsgiscope_worker import callables, errors, loading, own_files, parent
from wsgiscope_worker.call import length_of
from wsgiscope_worker.failures import Unusable, load_failure
from wsgiscope_worker.limits import HEADERS_LENGTH, MOST_HEADERS
from wsgiscope_worker.stacks import innermost, own_stack, resting_place

sys.dont_write_bytecode = bool(os.environ.get('PYTHONDONTWRITEBYTECODE'))
del sys.path[0]
# A json.py of the application's own must be found under the tracer as it is without it.
for name in set(sys.modules) - known:
    if (getattr(sys.modules[name], '__file__', None) or '').endswith('.py'):
        del sys.modules[name]


class Channel:
    lines = variables = False  # whether they are reported
    is_parents = False  # in a fork of the application's: what has the descriptor's number may be the application's own

    def report(self, kind, **facts):
        if self.is_parents:
            return
        data = json.dumps({'kind': kind, **facts}).encode() + b'\n'
        while data:
            data = data[os.write(CHANNEL_FD, data) :]
        answer = os.read(CHANNEL_FD, 1)
        if not answer:
            os._exit(1)
        self.lines = answer > b'0'
        self.variables = answer > b'1'


class Listing:
    """The program: its code, and the lines that mean something by themselves."""

    def __init__(self, file):
        with open(file, 'rb') as source:
            text = source.read()
        self.file = file
        self.code = compile(text, file, 'exec')
        lines = text.decode().split('\n')

        def only(part):
            (number,) = (number for number, line in enumerate(lines, 1) if part in line)
            return number

        self.accepts = only('listener.accept()')
        self.calls = only('= application(')
        self.pulls = only('for chunk in')
        self.appends = only('body.append(chunk)')
        self.sends = only('.sendall(')


class Request:
    """One call of handle(): what has been reported of it."""

    def __init__(self, frame):
        self.code = frame.f_code
        self.seen = set()
        self.lines = 0
        self.reads = 0
        self.pieces = 0  # of the body, written or pulled
        self.input = None
        self.offset = 0
        self.returned = None  # where the application has
        channel.report('accepted', port=frame.f_back.f_locals['client'][1])

    def step(self, frame):
        """A line of handle() is about to run: tells what those before it have done."""
        variables, line = frame.f_locals, frame.f_lineno
        if self.first('data', variables):
            channel.report('received', bytes=latin1(variables['data']))
        if self.first('version', variables):
            channel.report('parsed', **{name: variables[name] for name in ('method', 'path', 'version')})
        if self.first('environ', variables):
            self.input = variables['environ']['wsgi.input']
            channel.report('environ', entries=[entry(*item) for item in variables['environ'].items()])
        if 'body' in variables:
            self.notice(variables['body'])
        if self.first('result', variables):
            result = variables['result']
            place = resting_place(result) if self.returned is None else self.returned
            channel.report('returned', length=length_of(result), closes=hasattr(result, 'close'), frame=place)
        if line == listing.appends:
            self.piece('yielded', variables['chunk'], resting_place(variables['result']))
        elif line == listing.sends + 1:
            channel.report('sent')
        self.line(frame)
        if line == listing.calls:
            channel.report('called')
            sys.setprofile(self.profile)
        elif line == listing.sends:
            sys.setprofile(None)
            status, headers = variables['head']
            channel.report('sending', status=str(status), headers=pairs(headers))

    def first(self, name, variables):
        if name in self.seen or name not in variables:
            return False
        self.seen.add(name)
        return True

    def line(self, frame):
        if channel.lines and self.lines < MOST_LINES:
            self.lines += 1
            found = frame.f_locals if channel.variables else {}
            shown = {name: short(value) for name, value in found.items() if value is not application}
            channel.report('line', line=frame.f_lineno, locals=shown)

    def start_response(self, frame):
        self.notice_read('iterate')
        given = frame.f_locals
        error, about = given['exc_info'], None
        if isinstance(error, tuple) and len(error) == 3:
            about = {'type': errors.error_name(error[1]), 'message': errors.describe_error(error[1])}
        facts = {'status': str(given['status']), 'headers': pairs(given['headers'])}
        stack = own_stack(frame.f_back, self.code)
        channel.report('startResponse', excInfo=about, stack=stack, **facts)

    def notice(self, body):
        """write() is body.append: what stands in `body` and was not pulled, was written."""
        self.notice_read('iterate')
        for data in body[self.pieces :]:
            self.piece('wrote', data)

    def piece(self, kind, data, place=None):
        self.pieces += 1
        if isinstance(data, (bytes, bytearray, memoryview)):  # the program stumbles over all else by itself
            data = bytes(data)
            channel.report(kind, length=len(data), bytes=latin1(data) if len(data) <= MOST_BYTES else None, frame=place)

    def profile(self, frame, event, function):
        """wsgi.input is an io.BytesIO, whose methods are written in C: only a profiler hears of them."""
        if event == 'return' and function is not None and frame.f_back is not None and frame.f_back.f_code is self.code:
            self.returned = innermost(frame, self.code)
        if event[:2] != 'c_' or getattr(function, '__self__', None) is not self.input:
            return
        if event == 'c_call':
            self.notice_read('iterate')
        elif function.__name__ in ('read', 'readline', 'readlines'):
            self.notice_read(function.__name__, innermost(frame, self.code))
        else:
            self.offset = self.position()

    def notice_read(self, method, place=None):
        """Iterating over it calls no method: there, the position is all that tells."""
        offset, self.offset = self.offset, self.position()
        returned = self.offset - offset
        if returned > 0 or (returned == 0 and method != 'iterate'):
            self.reads += 1
            if self.reads <= MOST_READS:
                channel.report('read', method=method, returned=returned, offset=offset, frame=place)

    def position(self):
        return self.offset if self.input is None or self.input.closed else self.input.tell()


def latin1(data):
    return data.decode('latin-1')


def entry(key, value):
    kind = 'str' if isinstance(value, str) else 'bool' if isinstance(value, bool) else None
    kind = kind or ('tuple' if isinstance(value, tuple) else 'file')
    return {'key': key, 'value': value if kind == 'str' else repr(value), 'type': kind}


def pairs(headers):
    """As they will be written, as far as there is room. An iterator is left alone: to look into it would empty it."""
    if not isinstance(headers, (list, tuple)):
        return []
    found = [[str(part) for part in pair] for pair in headers if isinstance(pair, (list, tuple)) and len(pair) == 2]
    length = 0
    for count, (name, value) in enumerate(found):
        length += len(name) + len(value)
        if count == MOST_HEADERS or length > HEADERS_LENGTH:
            return found[:count]
    return found


def short(value):
    if isinstance(value, (str, bytes)):
        return repr(value) if len(value) <= SHORT else repr(value[:SHORT]) + '\u2026'
    if isinstance(value, list):
        shown = [short(item) for item in value[:3]] + (['\u2026'] if len(value) > 3 else [])
        return '[%s]' % ', '.join(shown)
    if isinstance(value, dict):
        return '{%d keys}' % len(value)
    if isinstance(value, tuple):
        return '(%s)' % ', '.join(map(short, value[:4]))
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    return '<%s>' % type(value).__qualname__


def trace(frame, event, argument):
    """For sys.settrace: of all calls, only those of the program's own functions are followed."""
    global request
    code = frame.f_code
    if event != 'call' or code.co_filename != listing.file:
        return None
    if code.co_name == 'serve':
        return trace_serve
    if code.co_name == 'handle':
        request = Request(frame)
        return trace_handle
    if code.co_name == 'start_response':
        request.start_response(frame)
        return trace_line
    return None


def trace_serve(frame, event, argument):
    global application
    if event == 'line' and frame.f_lineno == listing.accepts and application is None:
        application = frame.f_locals['application']
        facts = prepared
        if facts is None:
            try:
                facts = check(application)
            except Unusable as error:
                fail(error)
        channel.report('listening', port=frame.f_locals['port'], **facts, **loading.runtime())
    return trace_serve


def trace_handle(frame, event, argument):
    if event == 'line':
        request.step(frame)
    return trace_handle


def trace_line(frame, event, argument):
    if event == 'line':
        request.line(frame)
    return trace_line


def death(error):
    """An exception has ended the program: what to say of it, and whether it came out of the application."""
    error.__traceback__ = error.__traceback__.tb_next  # without this file
    step, of_application = error.__traceback__, False
    while step is not None:
        if step.tb_frame.f_code.co_filename == listing.file and step.tb_frame.f_code.co_name == 'handle':
            in_call = step.tb_lineno in (listing.calls, listing.pulls)
            of_application = in_call and step.tb_next is not None
        step = step.tb_next
    facts = {'type': errors.error_name(error), 'message': errors.describe_error(error)}
    return {**facts, 'traceback': errors.format_traceback(error), 'application': of_application, **loading.runtime()}


def leave_channel_to_parent():
    """In a fork of the application's."""
    if channel.is_parents:
        return  # a fork of a fork
    channel.is_parents = True
    channel.lines = False
    sys.settrace(None)
    sys.setprofile(None)
    os.close(CHANNEL_FD)


def check(application):
    """Where the application that the program has loaded is defined."""
    place, _, name = sys.argv[1].rpartition(':')
    module = sys.modules.get(place.rpartition('/')[2][: -3 if place.endswith('.py') else None])
    if not callable(application):
        facts = {'reason': 'callable', 'attribute': name, 'type': type(application).__name__}
        raise Unusable(facts)
    callables.check_callable(application, name, False)
    return callables.described(application, None, getattr(module, '__file__', None), name)


def prepare():
    """Loads what the program could not, and puts it where its import finds it."""
    arguments = sys.argv
    made, facts = loading.load(config)
    sys.argv = arguments
    place, _, name = sys.argv[1].rpartition(':')
    module = types.ModuleType(place.rpartition('/')[2])
    setattr(module, name, made)
    sys.modules[module.__name__] = module
    return facts


def fail(error):
    """The application cannot be used: the program will not listen."""
    sys.settrace(None)
    channel.report('failed', failed={**loading.runtime(), **load_failure(error, config)})
    os._exit(1)


def end_fork(error):
    """A fork of the application's has not ended itself: it ends as a program does that nobody watches."""
    if isinstance(error, SystemExit):
        raise error
    error.__traceback__ = error.__traceback__.tb_next  # without this file
    sys.stderr.write(errors.format_traceback(error))
    raise SystemExit(1)


def main():
    global prepared
    folder = config['folder']
    own_files.set_folder(folder)
    sys.dont_write_bytecode = True
    program = types.ModuleType('__main__')
    program.__file__ = listing.file
    sys.modules['__main__'] = program
    try:
        prepared = prepare() if config['prepare'] else None
    except BaseException as error:
        fail(error)
    sys.settrace(trace)
    try:
        exec(listing.code, program.__dict__)
    except BaseException as error:  # also SystemExit: whatever the application raises ends the program
        sys.settrace(None)
        sys.setprofile(None)
        if channel.is_parents:
            end_fork(error)
        if application is None:
            fail(error)
        channel.report('died', **death(error))
        os._exit(1)


os.set_blocking(CHANNEL_FD, True)
os.set_inheritable(CHANNEL_FD, False)
os.register_at_fork(after_in_child=leave_channel_to_parent)
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; wsgiscope decides
channel = Channel()
channel.report('started')
config = json.loads(sys.argv[1])
sys.argv = sys.argv[2:]
listing = Listing(sys.argv[0])
application = request = prepared = None
_thread.start_new_thread(parent.watch_parent, ())
main()
