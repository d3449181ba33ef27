"""Runs one WSGI application for wsgiscope: one request at a time, over file descriptor 3. Needs Python 3.8 alone.

A frame is a u32le length of what follows, a u32le length of its head, the head in JSON, then bytes.
  in:   first [CALL, config]; then [CALL, id, trace, environ, body file or null, credit] + body, [MORE, id, credit],
        [ABORT, id]
  out:  [id, [[kind, nanoseconds, ...], ...]] + the bytes of its `write` and `chunk` events; id 0 is no request
Events wait so that many leave in one write, but never while somebody could be waiting for them: they are sent before
each call of the application, before a close() or next() that may block, and before sleeping. But a chunk that comes
within a millisecond of the last one that was sent is left to a thread before next() is called: it comes to run when
the main thread blocks, and a stream of small chunks has yielded many more by then. Where there are no threads, each is
sent at once.

This is nearly one file because it is started as a script, in whatever interpreter the application has; what finds the
application is wsgiscope_load.py, beside it.
"""
import collections
import io
import json
import opcode
import os
import re
import select
import signal
import socket
import struct
import sys
import traceback
import _thread
from time import monotonic_ns

# Beside this file, also where Python is told not to look there; and without bytecode in the server's folders.
writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wsgiscope_load as loading

del sys.path[0]
sys.dont_write_bytecode = not writes_bytecode

CHANNEL_FD = 3
CALL, MORE, ABORT = 0, 1, 2
SENT_AT_ONCE = 32 * 1024  # bytes that are sent before next() however soon they come
SOON = 1_000_000  # nanoseconds between two chunks of which the second may be left to the thread that sends
LOOK_EVERY = 5_000_000  # nanoseconds: how often a stream looks whether somebody still waits for it
SMALLEST_CHUNK = 64  # what an empty chunk takes of the credit, as in shared/gateway/types.ts
REPORTED_READS = 1000  # reads of one body that are reported one by one

# What is said of one request and of the application is bounded here, so that the server may end a worker that says more.
MOST_HEAD = 1024 * 1024  # bytes of a frame's head, where it can be cut
PIECE = 256 * 1024  # bytes of a chunk that are sent together; of a longer one the next piece waits for credit
LONGEST_TEXT = 64 * 1024  # characters of a line, a message, a traceback
LONGEST_NAME = 200  # characters of a name
MOST_HEADERS = 1000  # of one response, and the characters they have together:
HEADERS_LENGTH = 256 * 1024
MOST_FRAMES = 100  # of one stack
MOST_CHANGES = 1000  # of the environ that are told at once, and rules that are told to be broken in one request
MOST_FILES = 500  # in one event

LENGTHS = struct.Struct('<II')
encode = json.JSONEncoder(separators=(',', ':'), check_circular=False).encode
decode = json.JSONDecoder().raw_decode


class Channel:
    """Frames in and out. Only the main thread reads and makes events of a request; any thread may write."""

    def __init__(self, end):
        self.socket = end
        self.buffer = memoryview(bytearray(256 * 1024))
        self.filled = 0
        self.inbox = collections.deque()  # calls that have not begun
        self.running = None
        self.outbox = collections.deque()
        self.lock = _thread.allocate_lock()
        self.sender = None
        self.urge = None  # the lock that the thread which sends waits at, once there is one; False where there is none
        self.looked = 0

    def put(self, call_id, events, payload=()):
        head = encode((call_id, events)).encode()
        if len(head) > MOST_HEAD and len(events) > 1:
            half = len(events) // 2
            pieces = sum(event[0] in ('chunk', 'write') for event in events[:half])
            self.put(call_id, events[:half], payload[:pieces])
            self.put(call_id, events[half:], payload[pieces:])
            return
        length = 4 + len(head)
        for part in payload:
            length += len(part)
        self.outbox.append((LENGTHS.pack(length, len(head)), head, *payload))

    def collect(self, call):
        """What the request has to say, into the outbox. Only for who has the lock: others add to it, nobody else takes."""
        events, payload = [], []
        told, carried = call.events, call.payload
        while told:
            event = told.popleft()
            events.append(event)
            if event[0] in CARRIERS:
                payload.append(carried.popleft())  # they are put there before their event
        self.put(call.id, events, payload)

    def begin(self, call_id):
        """Says, before the application is called, that it is: what a dead worker has begun is never called again."""
        head = b'[%d,[["called",%d]]]' % (call_id, monotonic_ns())
        self.outbox.append((LENGTHS.pack(4 + len(head), len(head)), head))
        self.flush()

    def flush(self):
        me = _thread.get_ident()
        if self.sender == me:
            return  # a finalizer or signal handler prints in the middle of the sending below, which takes it along
        with self.lock:
            self.sender = me
            try:
                while True:
                    call = self.running
                    if call is not None and call.events:
                        self.collect(call)
                    if self.socket is None:
                        self.outbox.clear()  # in a fork of the application's: what is told is its parent's
                    if not self.outbox:
                        break
                    parts = []
                    while self.outbox:
                        parts += self.outbox.popleft()
                    self.socket.sendall(b''.join(parts))
            finally:
                self.sender = None

    def flush_soon(self):
        """From now on the main thread may block: what there is to send leaves all the same."""
        if self.urge is None:
            self.start_sender()
        if not self.urge:
            self.flush()
        elif self.urge.locked():
            self.urge.release()

    def start_sender(self):
        urge = _thread.allocate_lock()
        urge.acquire()
        try:
            _thread.start_new_thread(self.send_when_urged, (urge,))
            self.urge = urge
        except RuntimeError:
            self.urge = False  # this Python has no threads, or the system no more of them

    def send_when_urged(self, urge):
        while urge.acquire():
            try:
                self.flush()
            except OSError:
                return  # the server is gone

    def finish(self, call):
        """The request is over. What is left of it leaves with what comes next."""
        with self.lock:
            self.sender = _thread.get_ident()
            try:
                while call.events:
                    self.collect(call)
                self.running = None
            finally:
                self.sender = None

    def receive(self, wait=True):
        """Takes in the frames that have arrived, after waiting for some if told so."""
        self.looked = monotonic_ns()
        if self.socket is None:
            raise Aborted('the connection to the client is that of the process this one was forked from')
        try:
            count = self.socket.recv_into(self.buffer[self.filled :], 0, 0 if wait else socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if not count:
            raise SystemExit(0)  # the server has closed its end
        filled = self.filled + count
        buffer = self.buffer
        at = need = 0
        while filled - at >= 8:
            length, head_length = LENGTHS.unpack_from(buffer, at)
            if filled - at < 4 + length:
                need = 4 + length
                break
            head_end = at + 8 + head_length
            frame = decode(str(buffer[at + 8 : head_end], 'utf-8'))[0]
            at += 4 + length
            self.sort(frame, bytes(buffer[head_end:at]))
        self.filled = filled - at
        if at or need > len(buffer):
            rest = bytes(buffer[at:filled])
            if need > len(buffer):
                self.buffer = buffer = memoryview(bytearray(need))
            buffer[: self.filled] = rest

    def sort(self, frame, payload):
        kind = frame[0]
        if kind == CALL:
            self.inbox.append((frame, payload))
        elif self.running is not None and self.running.id == frame[1]:
            if kind == MORE:
                self.running.credit += frame[2]
            else:
                self.running.aborted = True
        else:
            for waiting in self.inbox:
                if waiting[0][1] == frame[1]:
                    if kind == MORE:
                        waiting[0][5] += frame[2]
                    else:
                        self.inbox.remove(waiting)
                        self.put(frame[1], [('closed', monotonic_ns())])
                    break

    def log(self, source, line):
        """A line the application printed: of the running request where it is its own thread that prints."""
        while len(line) > LONGEST_TEXT:
            self.log(source, line[:LONGEST_TEXT])
            line = line[LONGEST_TEXT:]
        call = self.running
        if self.socket is None:
            try:
                os.write(1 if source == 'stdout' else 2, (line + '\n').encode('utf-8', 'backslashreplace'))
            except OSError:
                pass  # it outlives the server, and nobody reads what it prints any more
        elif call is not None and _thread.get_ident() == main_thread:
            call.events.append(('logged', monotonic_ns(), source, line))
            call.flush()
        else:
            self.put(call_of_thread(), [('logged', monotonic_ns(), source, line)])
            self.flush()


CARRIERS = frozenset(('chunk', 'write'))  # the events that come with bytes


# Not of pools: their threads outlive the request in which they were started, and work for others.
POOLS = ('concurrent.futures.thread', 'multiprocessing.pool')


def call_of_thread():
    """The request in which this thread was started, over or not, as far as that is known; else 0."""
    threading = sys.modules.get('threading')
    thread = threading and threading._active.get(_thread.get_ident())
    return getattr(thread, '_wsgiscope_call', 0)


def mark_threads():
    """Each thread is marked with the request that starts it, so that what it prints is known to be of it."""
    import functools
    import threading

    start_thread = threading.Thread.start

    @functools.wraps(start_thread)
    def start(self):
        call = channel.running
        here = call.id if call is not None and _thread.get_ident() == main_thread else call_of_thread()
        if here and getattr(getattr(self, '_target', None), '__module__', None) not in POOLS:
            self._wsgiscope_call = here
        return start_thread(self)

    threading.Thread.start = start


class Aborted(ConnectionAbortedError):
    """Nobody waits for the rest of the response."""


class ForkEnds(SystemExit):
    """A process that the application forked has come back to the server."""


def leave_if_forked(error=None):
    """Raises in a fork of the application's, which is back with what it returned or with this error: requests and channel
    are its parent's, and nothing here is left for it to do."""
    if channel.socket is not None:
        return
    for stream in printed:
        if stream.partial:
            stream.end_line()
    if isinstance(error, SystemExit):
        raise ForkEnds(error.code) from None
    if error is None:
        form = 'process %d, which the application forked, came back to the server and ends here: os._exit() ends a fork'
        channel.log('stderr', form % os.getpid())
    elif not isinstance(error, Aborted):
        channel.log('stderr', format_traceback(error).rstrip())
    raise ForkEnds(0 if error is None else 1) from None


# start_response: PEP 3333, "The start_response() Callable".
STATUS = re.compile(r'[1-9][0-9][0-9] [!-~\x80-\xff]([ -~\x80-\xff]*[!-~\x80-\xff])?')
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r'[ -~\x80-\xff]*')
HOP_BY_HOP = frozenset(
    'connection keep-alive proxy-authenticate proxy-authorization te trailer trailers transfer-encoding upgrade'.split()
)
SECTION = ' (PEP 3333, "%s")'
START_RESPONSE = SECTION % 'The start_response() Callable'
STRING_TYPES = SECTION % 'A Note On String Types'
HOP_SECTION = SECTION % 'Other HTTP Features'
DETAILS = SECTION % 'Specification Details'
WRITE = SECTION % 'The write() Callable'
STREAMS = SECTION % 'Input and Error Streams'


def type_name(value):
    return 'None' if value is None else type(value).__name__


def broken(rule, kind, text):
    """The exception to raise where the application breaks `rule`, by its name in shared/wsgi/referee.ts."""
    error = kind(text)
    if channel.running is not None:
        channel.running.broken = rule, error
    return error


def native(what, text, rule):
    """Raises unless `text` is a str (else `rule`) of characters up to U+00FF without control characters."""
    if not isinstance(text, str):
        raise broken(rule, TypeError, '%s must be a str, not %s%s' % (what, type_name(text), STRING_TYPES))
    for letter in text:
        if letter > '\xff':
            form = '%s has a character outside latin-1: %s%s'
            raise broken('not-latin1', ValueError, form % (what, ascii(letter), STRING_TYPES))
        if letter < ' ' or letter == '\x7f':
            form = '%s has a control character: %s%s'
            raise broken('control-character', ValueError, form % (what, ascii(letter), START_RESPONSE))


def check_start(status, headers):
    if not isinstance(status, str) or not STATUS.fullmatch(status):
        native('the status', status, 'status-not-str')
        form = 'the status must be three digits, a space and a reason, not %s%s'
        raise broken('status-form', ValueError, form % (ascii(status), START_RESPONSE))
    if status[0] == '1':
        form = '%s is no final answer, and for the server alone (RFC 9110, 15.2)'
        raise broken('status-informational', ValueError, form % ascii(status))
    if type(headers) is not list:
        form = 'the headers must be a list, not %s%s'
        raise broken('headers-not-list', TypeError, form % (type_name(headers), START_RESPONSE))
    length = len(status)
    for item in headers:
        if not isinstance(item, tuple) or len(item) != 2:
            what = 'each header must be a tuple of name and value'
            raise broken('header-not-pair', TypeError, what + START_RESPONSE)
        name, value = item
        if not isinstance(name, str) or not NAME.fullmatch(name):
            native('a header name', name, 'header-not-str')
            raise broken('header-name', ValueError, 'not a header name: %s (RFC 9110, 5.1)' % ascii(name))
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            native('the value of %s' % name, value, 'header-not-str')
        if name.lower() in HOP_BY_HOP:
            rule = 'transfer-encoding' if name.lower() == 'transfer-encoding' else 'hop-by-hop'
            raise broken(rule, ValueError, '%s is a hop-by-hop header, for the server alone%s' % (name, HOP_SECTION))
        length += len(name) + len(value)
    if len(headers) > MOST_HEADERS or length > HEADERS_LENGTH:
        form = 'too many headers: %d, of %d characters; one response may have %d, of %d together'
        raise ValueError(form % (len(headers), length, MOST_HEADERS, HEADERS_LENGTH))


class Call:
    """One request: what the application does in it, and how far it may run ahead."""

    __slots__ = (
        *('id', 'trace', 'credit', 'aborted', 'events', 'payload', 'unsent', 'at', 'sent_at', 'started', 'headers_out', 'broken', 'noticed'),
        *('environ', 'before', 'reads'),  # only where trace is on
    )

    def __init__(self, call_id, trace, credit):
        self.id = call_id
        self.trace = trace
        self.credit = credit
        self.aborted = False
        # Any thread may take from them.
        self.events = collections.deque()
        self.payload = collections.deque()
        self.unsent = 0  # bytes that the main thread has not sent
        self.at = self.sent_at = 0  # the time of the last of them, and when it sent some
        self.started = False
        self.headers_out = False
        self.broken = None  # the last rule that raised, and its exception
        self.noticed = 0

    def flush(self):
        self.unsent = 0
        channel.flush()

    def flush_soon(self):
        if self.unsent >= SENT_AT_ONCE or self.at - self.sent_at > SOON:
            self.sent_at = self.at
            self.flush()
        else:
            channel.flush_soon()
        if self.at - channel.looked > LOOK_EVERY:
            channel.receive(wait=False)

    def start_response(self, status, headers, exc_info=None, /):
        check_start(status, headers)
        about = None
        if exc_info is not None:
            if not isinstance(exc_info, tuple) or len(exc_info) != 3 or not isinstance(exc_info[1], BaseException):
                what = 'exc_info must be what sys.exc_info() gives while an exception is handled'
                raise broken('exc-info-form', TypeError, what + START_RESPONSE)
            error = exc_info[1]
            if self.headers_out:
                self.broken = 'exc-info-late', error
                try:
                    raise error.with_traceback(exc_info[2])
                finally:
                    exc_info = error = None  # no cycle through this frame
            about = {'type': error_name(error), 'message': describe_error(error)}
            exc_info = error = None
        elif self.started:
            what = 'start_response() a second time, without exc_info'
            raise broken('start-response-twice', AssertionError, what + START_RESPONSE)
        self.started = True
        stack, answer = (), None
        if self.trace:
            stack = own_stack(sys._getframe(1), serve.__code__)
            self.notice_environ('startResponse')
            answer, caught = own_frames.outcome(status)
            if caught is not None:
                self.events.append(('caught', monotonic_ns(), *caught))
        self.events.append(('startResponse', monotonic_ns(), status, headers[:], about, stack, answer))
        if self.trace:
            self.flush()
        return self.write

    def write(self, data, /):
        if not isinstance(data, bytes):
            what = 'write() takes bytes, not %s%s' % (type_name(data), WRITE)
            raise broken('write-not-bytes', TypeError, what)
        self.wait_for_credit()
        self.headers_out = True
        if len(data) > PIECE:
            self.put_pieces('write', data)
        else:
            self.put_piece('write', data)
        self.flush_soon()

    def put_pieces(self, kind, data):
        whole = memoryview(data)
        for end in range(PIECE, len(data), PIECE):
            self.put_piece(kind, whole[end - PIECE : end], len(data) - end)
            self.flush()
            self.wait_for_credit()
        self.put_piece(kind, whole[end:])

    def put_piece(self, kind, data, *rest):
        length = len(data)
        self.at = monotonic_ns()
        self.payload.append(data)
        self.events.append((kind, self.at, length, *rest))
        self.unsent += length
        self.credit -= length if length > SMALLEST_CHUNK else SMALLEST_CHUNK

    def wait_for_credit(self):
        while self.credit <= 0 and not self.aborted:
            self.flush()
            channel.receive()
        if self.aborted:
            raise Aborted('nobody waits for more of this response')

    def send(self, result):
        """Passes on what the application returned, chunk by chunk."""
        bare = isinstance(result, bytes)
        if bare:
            result = [result]  # iterating over it would give numbers
        self.events.append(('returned', monotonic_ns(), length_of(result)))
        if bare:
            self.notice('result-bytes')
        if isinstance(result, str):
            raise broken('result-str', TypeError, NOT_ITERABLE % ('str', DETAILS))
        if isinstance(result, (list, tuple)):
            for chunk in result:
                if self.credit <= 0:
                    self.wait_for_credit()
                self.chunk(chunk)
        else:
            try:
                chunks = iter(result)
            except TypeError:
                what = NOT_ITERABLE % (type_name(result), DETAILS)
                raise broken('result-not-iterable', TypeError, what) from None
            while True:
                self.flush_soon()
                if self.credit <= 0 or self.aborted:
                    self.wait_for_credit()
                chunk = next(chunks, END)
                if channel.socket is None:
                    leave_if_forked()
                if chunk is END:
                    break
                self.chunk(chunk)
        self.headers_out = True
        self.events.append(('exhausted', monotonic_ns()))

    def chunk(self, chunk):
        if not isinstance(chunk, bytes):
            what = 'each chunk must be bytes, not %s%s' % (type_name(chunk), DETAILS)
            raise broken('chunk-not-bytes', TypeError, what)
        if chunk:
            self.headers_out = True
        if len(chunk) > PIECE:
            self.put_pieces('chunk', chunk)
        else:
            self.put_piece('chunk', chunk)

    def raised(self, error, rule=None):
        if rule is None and self.broken is not None and comes_from(error, self.broken[1]):
            rule, self.broken = self.broken[0], None
        text = describe_error(error)
        stack = raising_stack(error) if self.trace else ()
        self.events.append(('raised', monotonic_ns(), error_name(error), text, format_traceback(error), rule, stack))

    def notice(self, rule):
        self.noticed += 1
        if self.trace and self.noticed <= MOST_CHANGES:
            self.events.append(('noticed', monotonic_ns(), rule))

    def notice_environ(self, at):
        """Reports what differs from the last look. Values are compared by identity first: most never change."""
        before, environ = self.before, self.environ
        told = len(self.events) + MOST_CHANGES
        # Of a copy: repr() runs code of the application, which may put into the environ what it worked out.
        for key, value in dict(environ).items():
            if len(self.events) > told:
                break
            old = before.get(key, END)
            if old is not value and (old is END or not same(old, value)):
                was = None if old is END else short_repr(old)
                name = short(str(key))
                self.events.append(('environChanged', monotonic_ns(), name, was, short_repr(value), at))
                if not is_native(value) and CGI_KEY.match(str(key)):
                    self.notice('environ-not-native')
        for key, old in before.items():
            if key not in environ and len(self.events) <= told:
                self.events.append(('environChanged', monotonic_ns(), short(str(key)), short_repr(old), None, at))
        self.before = dict(environ)

    def read(self, method, asked, returned, offset):
        self.reads += 1
        if self.reads <= REPORTED_READS:
            self.events.append(('inputRead', monotonic_ns(), method, asked, returned, offset))


def serve(frame, body):
    _, call_id, trace, environ, body_file, credit = frame
    call = Call(call_id, trace, credit)
    channel.running = call
    channel.begin(call_id)
    source = io.BytesIO(body)
    result = None
    try:
        if body_file is not None:
            source = open(body_file, 'rb')
        environ['wsgi.input'] = Input(source, call if trace else None)
        environ.update(base_environ)
        if trace:
            call.environ = environ
            call.before = dict(environ)
            call.reads = 0
            own_frames.watch()
        elif own_frames.tool is not None:
            own_frames.rest()
        result = application(environ, call.start_response)
        if channel.socket is None:
            leave_if_forked()
        if trace:
            call.notice_environ('returned')
        call.send(result)
    except ForkEnds:
        raise
    except Aborted as error:
        leave_if_forked(error)
        error.__traceback__ = None
    except BaseException as error:  # sys.exit() in a request must not end the server
        leave_if_forked(error)
        call.raised(error)
    try:
        close = getattr(result, 'close', None)
        if close is not None:
            call.flush()
            close()
            leave_if_forked()
    except ForkEnds:
        raise
    except BaseException as error:
        leave_if_forked(error)
        call.raised(error, 'close-raised')
    if call.broken is not None:
        call.notice(call.broken[0])  # the application caught the exception itself
        call.broken = None
    for stream in printed:
        if stream.partial:
            stream.end_line()
    source.close()
    if trace:
        own_frames.stop()
    standard_input.request_over()
    call.events.append(('closed', monotonic_ns()))
    channel.finish(call)
    if trace:
        call.environ = call.before = None


END = object()
NOT_ITERABLE = 'the application returned %s, not an iterable of bytes%s'


def comes_from(error, cause):
    """Whether `error` is `cause`, or was raised because of it or while it was handled."""
    for _ in range(20):
        if error is cause or error is None:
            break
        error = error.__cause__ or error.__context__
    return error is cause


# Those that PEP 3333, "environ Variables" takes over from CGI; under any other name an application may keep what it likes.
CGI_KEY = re.compile(
    'HTTP_|(AUTH_TYPE|CONTENT_(LENGTH|TYPE)|GATEWAY_INTERFACE|PATH_(INFO|TRANSLATED)|QUERY_STRING|'
    'REMOTE_(ADDR|HOST|IDENT|USER)|REQUEST_METHOD|SCRIPT_NAME|SERVER_(NAME|PORT|PROTOCOL|SOFTWARE))$'
)


def is_native(value):
    return isinstance(value, str) and (value.isascii() or max(value) <= '\xff')


class Input(io.BufferedIOBase):
    """wsgi.input: the body and not a byte more (PEP 3333, "Input and Error Streams"). A stream as Python's own are, so that
    io.TextIOWrapper and io.BufferedReader read from it; closing it closes nothing."""

    __slots__ = ('_source', '_call', '_offset', '_let_go')

    def __init__(self, source, call):
        self._source = source
        self._call = call
        self._offset = 0
        self._let_go = False

    def _report(self, method, asked, returned):
        if self._call is not None:
            self._call.read(method, asked, returned, self._offset)
            self._offset += returned

    def readable(self):
        return True

    def read(self, size=-1, /):
        data = self._source.read(size)
        self._report('read', asked(size), len(data))
        return data

    def read1(self, size=-1, /):
        data = self._source.read1(size)
        self._report('read', asked(size), len(data))
        return data

    def readinto(self, buffer, /):
        count = self._source.readinto(buffer)
        self._report('read', memoryview(buffer).nbytes, count)
        return count

    def readinto1(self, buffer, /):
        count = self._source.readinto1(buffer)
        self._report('read', memoryview(buffer).nbytes, count)
        return count

    def readline(self, size=-1, /):
        line = self._source.readline(-1 if size is None else size)
        self._report('readline', asked(size), len(line))
        return line

    def readlines(self, hint=-1, /):
        lines = self._source.readlines(-1 if hint is None else hint)
        self._report('readlines', asked(hint), sum(map(len, lines)))
        return lines

    def __iter__(self):
        return self

    def __next__(self):
        line = self._source.readline()
        self._report('iterate', None, len(line))
        if not line:
            raise StopIteration
        return line

    def close(self):
        if self._call is not None and not self._let_go:
            self._call.notice('stream-closed')
        self._let_go = False

    def _dealloc_warn(self, _wrapper):
        """What wraps this is being collected, and is about to close it, which is nothing the application does."""
        self._let_go = True

    def __del__(self):
        """That of io.IOBase closes."""

    def __repr__(self):
        return '<wsgi.input>'


def asked(size):
    return None if size is None or size < 0 else size


class Errors:
    """wsgi.errors: text; what is written shows up line by line."""

    def __init__(self):
        self.partial = ''

    def write(self, text, /):
        if not isinstance(text, str):
            what = 'wsgi.errors takes str, not %s%s' % (type_name(text), STREAMS)
            raise broken('errors-not-str', TypeError, what)
        *lines, self.partial = (self.partial + text).split('\n')
        for line in lines:
            channel.log('wsgi.errors', line)
        if len(self.partial) > LONGEST_TEXT:
            self.end_line()
        return len(text)

    def writelines(self, lines, /):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.partial:
            self.end_line()

    def take_partial(self):
        line, self.partial = self.partial, ''
        return line

    def end_line(self):
        channel.log('wsgi.errors', self.take_partial())

    def close(self):
        if channel.running is not None:
            channel.running.notice('stream-closed')

    def __repr__(self):
        return '<wsgi.errors>'


class Printed(io.RawIOBase):
    """What sys.stdout and sys.stderr write to, so that a printed line stands where it belongs among the events."""

    def __init__(self, source, fd):
        self.source = source
        self.fd = fd
        self.partial = b''

    def writable(self):
        return True

    def fileno(self):
        return self.fd

    def write(self, data):
        data = bytes(data)
        *lines, self.partial = (self.partial + data).split(b'\n')
        for line in lines:
            channel.log(self.source, line.decode('utf-8', 'replace'))
        if len(self.partial) > LONGEST_TEXT:
            self.end_line()
        return len(data)

    def take_partial(self):
        line, self.partial = self.partial, b''
        return line.decode('utf-8', 'replace')

    def end_line(self):
        channel.log(self.source, self.take_partial())


class StandardInput(io.TextIOBase):
    """sys.stdin: the server's terminal, where there is one that this worker can have for itself. While somebody is asked there
    (breakpoint(), pdb, input()), the server's deadlines stand still."""

    encoding, errors = 'utf-8', 'strict'

    def __init__(self, terminal):
        self.terminal = terminal
        self.why_not = None
        self.asked = False

    def readable(self):
        return True

    def fileno(self):
        return self.terminal.fileno()

    def isatty(self):
        return self.why_not is None

    def readline(self, size=-1, /):
        return self.ask(self.terminal and self.terminal.readline, size)

    def read(self, size=-1, /):
        if self.why_not is not None:
            # As a program reads that takes all there is, and asks nobody.
            channel.log('stderr', 'sys.stdin is empty: ' + self.why_not)
            return ''
        return self.ask(self.terminal.read, size)

    def ask(self, read, size):
        if self.why_not is not None:
            # No EOFError: pdb takes that for the person's own wish to leave.
            raise RuntimeError('nobody can be asked here (breakpoint(), pdb, input()): ' + self.why_not)
        if os.tcgetpgrp(self.fileno()) != os.getpgrp():
            raise RuntimeError('nobody can be asked here: wsgiscope runs in the background, `fg` brings it back')
        own_frames.stop()
        own_frames.rest()  # or a debugger steps into them
        prompt = ''.join(stream.take_partial() for stream in printed)
        channel.put(0, [('asks', monotonic_ns(), prompt)])
        channel.flush()
        self.asked = True
        mine = _thread.get_ident() == main_thread
        before = mine and signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return read(size)
        except KeyboardInterrupt:
            self.why_not = 'the server is stopping'  # Ctrl-C was for it as well; pdb would ask again
            raise
        finally:
            if mine:
                signal.signal(signal.SIGINT, before)
            channel.put(0, [('answered', monotonic_ns())])
            channel.flush()

    def request_over(self):
        """A debugger that goes on wants to hear of Ctrl-C, which is for the server again."""
        if self.asked:
            self.asked = False
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class FileWrapper:
    """wsgi.file_wrapper: a file in blocks (PEP 3333, "Optional Platform-Specific File Handling")."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, 'close') and not isinstance(filelike, Input):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        block = self.filelike.read(self.blksize)
        if not block:
            raise StopIteration
        return block


def short(text, most=LONGEST_NAME):
    """At most so many characters of a text: its beginning and its end."""
    if len(text) <= most:
        return text
    return '%s\u2026%s' % (text[: most // 2], text[len(text) - most // 2 + 1 :])


def error_name(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == 'builtins' else '%s.%s' % (kind.__module__, kind.__qualname__)
    return short(name)


def describe_error(error):
    try:
        return short(str(error), LONGEST_TEXT)
    except Exception as broken:
        return '<str() failed: %s>' % type(broken).__name__


def format_traceback(error):
    """As Python prints it, without the frames of this file and of the import machinery."""
    try:
        return short(full_traceback(error), LONGEST_TEXT)
    except Exception:  # what the error says of itself is no text, or raises: its name and where it was raised are left
        frames = ''.join(without_server(traceback.extract_tb(error.__traceback__)).format())
        named = '%s: %s\n' % (error_name(error), describe_error(error))
        return short('Traceback (most recent call last):\n%s%s' % (frames, named), LONGEST_TEXT)


def without_server(frames):
    kept = [f for f in frames if f.filename not in SERVER_FILES and f.filename[:17] != '<frozen importlib']
    return traceback.StackSummary.from_list(kept)


def full_traceback(error):
    whole = traceback.TracebackException.from_exception(error)
    todo, seen = [whole], set()
    while todo:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = without_server(part.stack)
        todo += [part.__cause__, part.__context__, *(getattr(part, 'exceptions', None) or ())]
    return ''.join(whole.format())


def length_of(result):
    try:
        return len(result)
    except (TypeError, AttributeError, NotImplementedError):
        return None


def short_repr(value):
    try:
        text = repr(value[:200] if isinstance(value, (str, bytes)) else value)
    except Exception as error:
        text = '<repr() failed: %s>' % type(error).__name__
    return text if len(text) <= 200 else text[:199] + '\u2026'


def same(a, b):
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False


# The application's own files: below its folder, and neither a library's nor Python's.
own_files = {}
STDLIB = loading.STDLIB
SERVER_FILES = frozenset((__file__, loading.__file__))


def own_file(filename):
    """The absolute path where the file is the application's own, else None."""
    if filename not in own_files:
        path = os.path.abspath(filename)
        parts = path.split(os.sep)
        foreign = 'site-packages' in parts or 'dist-packages' in parts or path.startswith(STDLIB) or path in SERVER_FILES
        own_files[filename] = path if path.startswith(own_folder) and not foreign and filename[:1] != '<' else None
    return own_files[filename]


def own_stack(frame, end):
    """The frames of the application's own files up to `end`, the server's code, caller first; others are counted, with the
    packages they are of."""
    frames = []
    while frame is not None and frame.f_code is not end:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return folded_stack(frames)


def raising_stack(error):
    """The same of the frames that an exception came through, innermost first, and of those that wait behind them."""
    frames, part = [], error.__traceback__
    outside = None if part is None else part.tb_frame
    while outside is not None and outside.f_code is not serve.__code__:
        outside = outside.f_back
        if outside is not None:
            frames.insert(0, (outside, outside.f_lineno))
    while part is not None:
        frames.append((part.tb_frame, part.tb_lineno))
        part = part.tb_next
    half = MOST_FRAMES // 2
    if len(frames) > MOST_FRAMES:  # endless recursion: its beginning and its end say all
        del frames[half:-half]
    return folded_stack(reversed(frames))


def folded_stack(frames):
    stack, folded, of = [], 0, []
    for frame, line in frames:
        path = own_file(frame.f_code.co_filename)
        if path is not None and len(stack) < MOST_FRAMES:
            if folded:
                stack.append({'folded': folded, 'of': of})
                folded, of = 0, []
            stack.append(place(path, line, frame.f_code))
        elif frame.f_code.co_filename not in SERVER_FILES:
            folded += 1
            package = short(str(frame.f_globals.get('__name__')).partition('.')[0])
            if package not in of and len(of) < MOST_FRAMES:
                of.append(package)
    if folded:
        stack.append({'folded': folded, 'of': of})
    return stack


def place(path, line, code):
    name = getattr(code, 'co_qualname', code.co_name)  # since Python 3.11
    return {'file': path, 'line': line, 'function': short(name)}


MOST_NOTED = 100  # exceptions of one request that are described as they leave the application's own code
SEARCHED_CALLS = 20  # in which a profiler looks for an exception that it knows of by a frame that was left without a value
PROFILED = 100  # requests a second that are watched by sys.setprofile
MAKES_GENERATOR = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
NESTED = 0x10  # CO_NESTED


class OwnFrames:
    """Which of the application's own frames answers a traced request, and the exception that left its own code last.

    A framework calls start_response itself, and makes a 500 of an exception before anybody else sees it: the stack says
    nothing of the application's own code then. From Python 3.12 on its frames are watched by sys.monitoring, before that
    by sys.setprofile, in the thread that serves. Where the application profiles itself, nothing is watched; nor is, with
    sys.setprofile, what comes after the recursion limit was reached, and under load most requests.
    """

    def __init__(self):
        self.tool = None  # of sys.monitoring, while it is on
        self.watching = False
        self.room = PROFILED
        self.room_at = 0
        self.forget()

    def forget(self):
        self.answer = None  # how deep its frame was, what it returned (by id), where it is
        self.inner = None  # what an own frame returned last, and where it is
        self.failure = None  # type, message, traceback, stack
        self.leaving = None  # an own frame that an exception has left which is not seen yet: code, depth, events to come
        self.noted = 0

    def watch(self):
        self.forget()
        if hasattr(sys, 'monitoring'):
            self.watching = self.monitor()
        elif sys.getprofile() is None and self.affordable():
            self.watching = True
            sys.setprofile(self.profile)

    def affordable(self):
        """A profiler makes a framework twice as slow: under load, so many requests a second are watched."""
        now = monotonic_ns()
        self.room = min(PROFILED, self.room + (now - self.room_at) * PROFILED / 1e9)
        self.room_at = now
        if self.room < 1:
            return False
        self.room -= 1
        return True

    def stop(self):
        """sys.monitoring stays on for the next request: turning it off and on costs as much as some requests."""
        self.watching = False
        if not hasattr(sys, 'monitoring') and sys.getprofile() == self.profile:
            sys.setprofile(None)
        self.forget()

    def rest(self):
        """Nobody watches any more."""
        if self.tool is not None:
            sys.monitoring.set_events(self.tool, 0)
            sys.monitoring.free_tool_id(self.tool)
            self.tool = None

    def outcome(self, status):
        """Where the answer comes from, and what the exception was that a 500 is made of; each of them may be None."""
        error = sys.exc_info()[1] if status[:1] == '5' else None
        answer = None if self.answer is None else self.answer[2]
        caught = self.failure if status[:3] == '500' else None
        if error is not None:
            caught = self.described(error)
        self.stop()
        return answer, caught

    @staticmethod
    def described(error):
        return error_name(error), describe_error(error), format_traceback(error), raising_stack(error)

    def monitor(self):
        monitoring = sys.monitoring
        if self.tool is None:
            free = [tool for tool in (4, 3) if monitoring.get_tool(tool) is None]
            if not free:
                return False
            self.tool = free[0]
            monitoring.use_tool_id(self.tool, 'wsgiscope')
            events = monitoring.events
            monitoring.register_callback(self.tool, events.PY_RETURN, self.on_return)
            monitoring.register_callback(self.tool, events.PY_UNWIND, self.on_unwind)
            monitoring.set_events(self.tool, events.PY_RETURN | events.PY_UNWIND)
        return True

    def on_return(self, code, _offset, value):
        if code.co_flags & MAKES_GENERATOR or own_file(code.co_filename) is None:
            return sys.monitoring.DISABLE
        if self.watching and _thread.get_ident() == main_thread:
            try:
                self.returned(sys._getframe(1), value)
            except RecursionError:
                pass  # the application is about to hear of it itself

    def on_unwind(self, code, _offset, error):
        if self.watching and own_file(code.co_filename) is not None and _thread.get_ident() == main_thread:
            try:
                frame = sys._getframe(1)
                if called_by_others(frame.f_back):
                    self.left(error, depth_of(frame))
            except RecursionError:
                pass

    def profile(self, frame, event, value):
        # A RecursionError in here ends the profiling, and is the application's: it was about to have its own. To swallow it
        # would let the application recurse until the interpreter aborts (before Python 3.10).
        if self.leaving is not None and event in ('call', 'c_call'):
            self.find_caught(frame.f_back if event == 'call' else frame)
        if event == 'return' and own_file(frame.f_code.co_filename) is not None:
            how = 'yield' if value is not None and frame.f_code.co_flags & MAKES_GENERATOR else how_left(frame, value)
            if how == 'return':
                self.returned(frame, value)
            elif how == 'raise' and called_by_others(frame.f_back):
                self.leaving = frame.f_code, depth_of(frame), SEARCHED_CALLS

    def find_caught(self, frame):
        """A profiler is not told what is raised. When the next function is called, whoever caught it is handling it or, in
        `frame`, has put it aside."""
        code, depth, calls = self.leaving
        self.leaving = (code, depth, calls - 1) if calls else None
        handled = sys.exc_info()[1]
        for error in [handled] if handled is not None else list(frame.f_locals.values()):
            part = error.__traceback__ if isinstance(error, BaseException) else None
            while part is not None and part.tb_frame.f_code is not code:
                part = part.tb_next
            if part is not None:
                self.leaving = None
                self.left(error, depth)
                break

    def returned(self, frame, value):
        code = frame.f_code
        if value is None or code.co_flags & MAKES_GENERATOR:
            return
        here = place(own_file(code.co_filename), frame.f_lineno, code)
        if self.inner is not None and self.inner[0] == id(value) and code.co_freevars and code.co_flags & NESTED:
            here = self.inner[1]  # a decorator's wrapper passes on what the function in it returned
        self.inner = id(value), here
        if called_by_others(frame.f_back) and not self.passes_on(frame, value):
            self.candidate(depth_of(frame), id(value), here)

    def passes_on(self, frame, value):
        """Hooks and middleware return what they were given, or what was returned further inside."""
        if self.answer is not None and self.answer[1] == id(value):
            return True
        code, given = frame.f_code, frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        return any(given.get(name) is value for name in code.co_varnames[:count])

    def candidate(self, depth, returned, here):
        """What a framework calls for its own purposes (a loader of users, a template's filter) is called further inside."""
        if self.answer is None or depth <= self.answer[0]:
            self.answer = depth, returned, here

    def left(self, error, depth):
        """An exception has left the application's own code."""
        self.noted += 1
        if isinstance(error, (GeneratorExit, StopIteration, StopAsyncIteration)):
            return
        if self.noted > MOST_NOTED:
            self.failure = None
            return
        # Described at once: kept, it would keep alive all that its frames hold.
        self.failure = self.described(error)
        own = [frame for frame in self.failure[3] if 'file' in frame]
        if own:
            self.candidate(depth, None, own[0])


def called_by_others(caller):
    """Whether it is a framework that called."""
    return caller is not None and caller.f_code is not serve.__code__ and own_file(caller.f_code.co_filename) is None


def depth_of(frame):
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


def how_left(frame, value):
    """`return`, `yield` or `raise`: a profiler is told None for an exception, too (before Python 3.12)."""
    if value is not None:
        return 'return'
    name = opcode.opname[frame.f_code.co_code[frame.f_lasti]]
    return 'return' if name == 'RETURN_VALUE' else 'yield' if 'YIELD' in name or 'GENERATOR' in name else 'raise'


own_frames = OwnFrames()


def runtime():
    return {'version': '%d.%d.%d' % sys.version_info[:3], 'executable': sys.executable or ''}


codings = frozenset()  # those that the server knows
told_files = set()
told_modules = 0


def new_files():
    """The application's own files among those that have been imported since this was asked last."""
    global told_modules
    told_modules = len(sys.modules)
    found = []
    for module in list(sys.modules.values()):
        # Not getattr: some modules import others, or raise, for whatever is asked of them.
        names = getattr(module, '__dict__', None)
        file = names.get('__file__') if type(names) is dict else None
        path = own_file(file) if isinstance(file, str) else None
        if path is not None and path not in told_files:
            told_files.add(path)
            found.append(path)
            text = loading.undecoded(path, codings)
            if text is not None:
                channel.put(0, [('source', monotonic_ns(), path, text)])
    return found


def tell_imported(files):
    events = [('imported', monotonic_ns(), files[at : at + MOST_FILES]) for at in range(0, len(files), MOST_FILES)]
    if events:
        channel.put(0, events)


def files_of_failure(error):
    """The own files a failure comes from, though they are no modules now; and those that would mend it by being there."""
    found = set()
    for _ in range(20):
        if error is None:
            break
        names = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        names.append(getattr(error, 'filename', None))
        found.update(own_file(name) for name in names if isinstance(name, str))
        if isinstance(error, ModuleNotFoundError) and error.name:
            place = os.path.join(own_folder, *error.name.split('.'))
            found.update((place + '.py', os.path.join(place, '__init__.py')))
        error = error.__cause__ or error.__context__
    return sorted(found - {None} - told_files)


def load_failure(error, config):
    facts = {'reason': 'raised', 'type': error_name(error), 'message': describe_error(error)}
    if isinstance(error, loading.Unusable):
        return error.args[0]
    facts['missing'] = loading.missing(error, own_file)
    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = '' if config['file'] else config['module'] + '.'
        facts['reason'] = 'module' if wanted.startswith(error.name + '.') else 'import'
        facts['name'] = error.name
    if isinstance(error, SyntaxError):
        facts['file'], facts['line'] = error.filename, error.lineno
    facts['traceback'] = format_traceback(error)
    return facts


def watch_parent():
    """Ends the process when the server is gone, also in the middle of a request."""
    poll = select.poll()
    poll.register(CHANNEL_FD, 0)
    poll.poll()
    os._exit(1)


def leave_channel_to_parent():
    """In a fork of the application's: its prints go to the real descriptors, the channel is the parent's."""
    for stream in printed:
        stream.take_partial()  # the parent prints it
    if channel.socket is None:
        return  # a fork of a fork
    os.close(channel.socket.detach())
    channel.socket = None
    # The thread that sends is the parent's, and may have held it.
    channel.lock, channel.sender, channel.urge = _thread.allocate_lock(), None, False


def main():
    global application, base_environ, codings, own_folder
    channel.put(0, [('started', monotonic_ns())])
    channel.flush()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides
    while not channel.inbox:
        channel.receive()
    config = channel.inbox.popleft()[0][1]
    standard_input.why_not = config['noTerminal']
    base_environ = {
        'wsgi.version': (1, 0),
        'wsgi.errors': errors,
        'wsgi.multithread': False,
        'wsgi.multiprocess': config['multiprocess'],
        'wsgi.run_once': False,
        'wsgi.input_terminated': True,
        'wsgi.file_wrapper': FileWrapper,
    }
    failure = None
    try:
        own_folder = os.path.join(os.path.abspath(config['folder']), '')
        codings = frozenset(config['codings'])
        application, found = loading.load(config, own_file)
        leave_if_forked()
    except ForkEnds:
        raise
    except BaseException as error:  # also SystemExit: a module that ends the interpreter cannot be served
        leave_if_forked(error)
        failure, failed_files = load_failure(error, config), files_of_failure(error)
    for stream in printed:
        if stream.partial:
            stream.end_line()
    if failure is not None:
        files = (failed_files + new_files())[:MOST_FILES]
        channel.put(0, [('failed', monotonic_ns(), {**runtime(), **failure, 'files': files})])
        channel.flush()
        return
    files = new_files()
    channel.put(0, [('hello', monotonic_ns(), {**runtime(), **found, 'files': files[:MOST_FILES]})])
    tell_imported(files[MOST_FILES:])
    inbox = channel.inbox
    while True:
        while not inbox:
            channel.flush()
            channel.receive()
        serve(*inbox.popleft())
        if len(sys.modules) != told_modules:
            tell_imported(new_files())


def run(end):
    """Serves until the server closes its end. `end` is a socket, or what receives and sends like one."""
    global channel, main_thread, errors, printed, standard_input
    channel = Channel(end)
    main_thread = _thread.get_ident()
    errors = Errors()
    printed = [Printed('stdout', 1), Printed('stderr', 2), errors]
    sys.stdin = standard_input = StandardInput(sys.stdin)
    sys.stdout = io.TextIOWrapper(printed[0], 'utf-8', 'backslashreplace', write_through=True)
    sys.stderr = io.TextIOWrapper(printed[1], 'utf-8', 'backslashreplace', write_through=True)
    main()


def leave_without_channel(name, lost):
    form = '%s leads to wsgiscope, and an application leaves it open: %s\n'
    try:
        os.write(2, (form % (name, lost)).encode())
    except OSError:
        pass  # it has closed this one as well
    os._exit(1)


if __name__ == '__main__':
    server = socket.socket(fileno=CHANNEL_FD)
    server.setblocking(True)
    server.set_inheritable(False)
    if hasattr(os, 'register_at_fork'):
        os.register_at_fork(after_in_child=leave_channel_to_parent)
    _thread.start_new_thread(watch_parent, ())
    mark_threads()
    try:
        run(server)
    except OSError as lost:  # of the channel: the application's own are told of
        leave_without_channel('file descriptor 3', lost)
