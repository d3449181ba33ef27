"""sys.stdin, where an application asks somebody: at the server's terminal."""
import _thread
import io
import os
import signal
from time import monotonic_ns

from .channel import channel
from .own_frames import own_frames
from .streams import printed


class StandardInput(io.TextIOBase):
    """sys.stdin: the server's terminal, where there is one that this worker can have for itself. While somebody is asked there
    (breakpoint(), pdb, input()), the server's deadlines stand still."""

    encoding, errors = 'utf-8', 'strict'

    def __init__(self):
        self.terminal = None  # what sys.stdin was
        self.why_not = None  # nobody can be asked
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
        own_frames.turn_off()  # or a debugger steps into them
        prompt = ''.join(stream.take_partial() for stream in printed)
        channel.put(0, [('asks', monotonic_ns(), prompt)])
        channel.flush()
        self.asked = True
        mine = _thread.get_ident() == channel.main_thread
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


standard_input = StandardInput()
