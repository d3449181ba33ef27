"""One request: the application is called, and what it does is told."""
import io
import sys
from time import monotonic_ns

from .channel import Aborted, channel
from .environ import report_changes
from .errors import describe_error, error_name, format_traceback
from .forks import ForkEnds, leave_if_forked
from .limits import MOST_CHANGES, PIECE, PLACED_CHUNKS, REPORTED_READS
from .output import Output
from .own_frames import own_frames
from .rules import DETAILS, START_RESPONSE, WRITE, broken, check_start, type_name
from .stacks import innermost, own_stack, raising_stack, resting_place
from .streams import Input, printed
from .terminal import standard_input

END = object()
NOT_ITERABLE = 'the application returned %s, not an iterable of bytes%s'


class Call(Output):
    __slots__ = (
        *('trace', 'started', 'headers_out', 'broken', 'noticed'),
        *('environ', 'before', 'reads', 'placed', 'answer'),  # only where trace is on
    )

    def __init__(self, call_id, trace, credit):
        super().__init__(call_id, credit)
        self.trace = trace
        self.started = False
        self.headers_out = False
        self.broken = None  # the last rule that raised, and its exception
        self.noticed = 0

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
            report_changes(self, 'startResponse')
            answer, caught = own_frames.outcome(status)
            self.answer = None if stack and 'file' in stack[0] else answer
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
        place = innermost(sys._getframe(1), serve.__code__) if self.trace and self.may_place() else None
        if len(data) > PIECE:
            self.put_pieces('write', data, place)
        else:
            self.put_piece('write', data, place)
        self.flush_soon()

    def send(self, result, place=None):
        """Passes on what the application returned, at `place`, chunk by chunk."""
        bare = isinstance(result, bytes)
        if bare:
            result = [result]  # iterating over it would give numbers
        if place is None:
            self.events.append(('returned', monotonic_ns(), length_of(result)))
        else:
            self.events.append(('returned', monotonic_ns(), length_of(result), place))
        if bare:
            self.notice('result-bytes')
        if isinstance(result, str):
            raise broken('result-str', TypeError, NOT_ITERABLE % ('str', DETAILS))
        if isinstance(result, (list, tuple)):
            if self.trace:
                own_frames.stop()
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
                self.chunk(chunk, self.giving_place(chunks) if self.trace else None)
        self.headers_out = True
        self.events.append(('exhausted', monotonic_ns()))

    def returning_place(self, result):
        """Where the application's own code returned what is sent: of a framework's answer, where that comes from."""
        if self.answer is not None:
            return self.answer
        return resting_place(result) if own_frames.result is None else own_frames.result

    def giving_place(self, chunks):
        """Where the application's own code gave what came out of `chunks` last. Asked of each, up to a number."""
        if not self.may_place():
            return None
        place, step = resting_place(chunks), own_frames.take_step()
        if self.started and (place is not None or self.placed == PLACED_CHUNKS):
            own_frames.stop()  # a generator's frame says all, a profiler would slow it down
        return step if place is None else place

    def may_place(self):
        self.placed += 1
        return self.placed <= PLACED_CHUNKS

    def chunk(self, chunk, place=None):
        if not isinstance(chunk, bytes):
            what = 'each chunk must be bytes, not %s%s' % (type_name(chunk), DETAILS)
            raise broken('chunk-not-bytes', TypeError, what)
        if chunk:
            self.headers_out = True
        if len(chunk) > PIECE:
            self.put_pieces('chunk', chunk, place)
        else:
            self.put_piece('chunk', chunk, place)

    def raised(self, error, rule=None):
        if rule is None and self.broken is not None and comes_from(error, self.broken[1]):
            rule, self.broken = self.broken[0], None
        text = describe_error(error)
        stack = raising_stack(error, serve.__code__) if self.trace else ()
        self.events.append(('raised', monotonic_ns(), error_name(error), text, format_traceback(error), rule, stack))

    def notice(self, rule):
        self.noticed += 1
        if self.trace and self.noticed <= MOST_CHANGES:
            self.events.append(('noticed', monotonic_ns(), rule))

    def read(self, method, asked, returned, offset):
        self.reads += 1
        if self.reads <= REPORTED_READS:
            place = innermost(sys._getframe(2), serve.__code__)
            self.events.append(('inputRead', monotonic_ns(), method, asked, returned, offset, place))


def serve(application, base_environ, frame, body):
    """Answers the request of a CALL frame. `base_environ` is what the environ of every request has."""
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
            call.reads = call.placed = 0
            call.answer = None
            own_frames.watch(serve.__code__)
        elif own_frames.tool is not None:
            own_frames.turn_off()
        result = application(environ, call.start_response)
        if channel.socket is None:
            leave_if_forked()
        place = None
        if trace:
            place = call.returning_place(result)
            report_changes(call, 'returned')
            own_frames.take_step()
        call.send(result, place)
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


def length_of(result):
    try:
        return len(result)
    except (TypeError, AttributeError, NotImplementedError):
        return None


def comes_from(error, cause):
    """Whether `error` is `cause`, or was raised because of it or while it was handled."""
    for _ in range(20):
        if error is cause or error is None:
            break
        error = error.__cause__ or error.__context__
    return error is cause
