"""The channel to the server, of which a process has one: frames in and out.

Events wait so that many leave in one write, but never while somebody could be waiting for them: they are sent before
each call of the application, before a close() or next() that may block, and before sleeping. But a chunk that comes
within a millisecond of the last one that was sent is left to a thread before next() is called: it comes to run when
the main thread blocks, and a stream of small chunks has yielded many more by then. Where there are no threads, each is
sent at once.
"""
import _thread
import collections
import os
import socket
from time import monotonic_ns

from .frames import CALL, WITH_BYTES, LENGTHS, MORE, decode, encode
from .limits import LONGEST_TEXT, MOST_HEAD
from .threads import call_of_thread


class Aborted(ConnectionAbortedError):
    """Nobody waits for the rest of the response."""


class Channel:
    """Only the main thread reads and makes events of a request; any thread may write."""

    def __init__(self):
        self.socket = None  # before connect(), and in a fork of the application's
        self.main_thread = None
        self.buffer = memoryview(bytearray(256 * 1024))
        self.filled = 0
        self.inbox = collections.deque()  # calls that have not begun
        self.running = None
        self.outbox = collections.deque()
        self.lock = _thread.allocate_lock()
        self.sender = None
        self.wake = None  # the lock that the thread which sends waits at, once there is one; False where there is none
        self.received_at = 0

    def connect(self, end):
        """`end` is a socket, or what receives and sends like one. Called by the thread that will serve."""
        self.socket = end
        self.main_thread = _thread.get_ident()

    def put(self, call_id, events, payload=()):
        head = encode((call_id, events)).encode()
        if len(head) > MOST_HEAD and len(events) > 1:
            half = len(events) // 2
            pieces = sum(event[0] in WITH_BYTES for event in events[:half])
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
            if event[0] in WITH_BYTES:
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
        if self.wake is None:
            self.start_sender()
        if not self.wake:
            self.flush()
        elif self.wake.locked():
            self.wake.release()

    def start_sender(self):
        wake = _thread.allocate_lock()
        wake.acquire()
        try:
            _thread.start_new_thread(self.send_when_woken, (wake,))
            self.wake = wake
        except RuntimeError:
            self.wake = False  # this Python has no threads, or the system no more of them

    def send_when_woken(self, wake):
        while wake.acquire():
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
        self.received_at = monotonic_ns()
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

    def leave_to_parent(self):
        """In a fork of the application's."""
        os.close(self.socket.detach())
        self.socket = None
        # The thread that sends is the parent's, and may have held it.
        self.lock, self.sender, self.wake = _thread.allocate_lock(), None, False

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
        elif call is not None and _thread.get_ident() == self.main_thread:
            call.events.append(('logged', monotonic_ns(), source, line))
            call.flush()
        else:
            self.put(call_of_thread(), [('logged', monotonic_ns(), source, line)])
            self.flush()


channel = Channel()
