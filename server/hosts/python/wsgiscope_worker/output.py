"""What one request sends, and how far it may run ahead of its client."""
import collections
from time import monotonic_ns

from .channel import Aborted, channel
from .limits import PIECE

SENT_AT_ONCE = 32 * 1024  # bytes that are sent before next() however soon they come
SOON = 1_000_000  # nanoseconds between two chunks of which the second may be left to the thread that sends
LOOK_EVERY = 5_000_000  # nanoseconds: how often a stream looks whether somebody still waits for it
SMALLEST_CHUNK = 64  # what an empty chunk takes of the credit, as in shared/gateway/credit.ts


class Output:
    """The events of one request and their bytes. An event is put there by the thread that serves, sent by any."""

    __slots__ = ('id', 'credit', 'aborted', 'events', 'payload', 'unsent', 'at', 'sent_at')

    def __init__(self, call_id, credit):
        self.id = call_id
        self.credit = credit
        self.aborted = False
        # Any thread may take from them.
        self.events = collections.deque()
        self.payload = collections.deque()
        self.unsent = 0  # bytes that the main thread has not sent
        self.at = self.sent_at = 0  # the time of the last of them, and when it sent some

    def flush(self):
        self.unsent = 0
        channel.flush()

    def flush_soon(self):
        if self.unsent >= SENT_AT_ONCE or self.at - self.sent_at > SOON:
            self.sent_at = self.at
            self.flush()
        else:
            channel.flush_soon()
        if self.at - channel.received_at > LOOK_EVERY:
            channel.receive(wait=False)

    def put_pieces(self, kind, data, place=None):
        whole = memoryview(data)
        for end in range(PIECE, len(data), PIECE):
            self.put_piece(kind, whole[end - PIECE : end], place, len(data) - end)
            self.flush()
            self.wait_for_credit()
        self.put_piece(kind, whole[end:], place)

    def put_piece(self, kind, data, place=None, rest=None):
        length = len(data)
        self.at = monotonic_ns()
        self.payload.append(data)
        if place is not None:
            self.events.append((kind, self.at, length, rest, place))
        elif rest is not None:
            self.events.append((kind, self.at, length, rest))
        else:
            self.events.append((kind, self.at, length))
        self.unsent += length
        self.credit -= length if length > SMALLEST_CHUNK else SMALLEST_CHUNK

    def wait_for_credit(self):
        while self.credit <= 0 and not self.aborted:
            self.flush()
            channel.receive()
        if self.aborted:
            raise Aborted('nobody waits for more of this response')
