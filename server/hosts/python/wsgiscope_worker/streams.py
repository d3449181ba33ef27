"""The streams an application meets: wsgi.input, wsgi.errors, wsgi.file_wrapper, and what print() writes to."""
import io

from .channel import channel
from .limits import LONGEST_TEXT
from .rules import STREAMS, broken, type_name


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


errors = Errors()
printed = (Printed('stdout', 1), Printed('stderr', 2), errors)
