"""What the application's own code answers with, and which exception left it, where a framework stands around it."""
import _thread
import opcode
import sys
from time import monotonic_ns

from .errors import describe_error, error_name, format_traceback
from .own_files import own_file
from .returns import line_of_return
from .stacks import place, raising_stack

MOST_NOTED = 100  # exceptions of one request that are described as they leave the application's own code
SEARCHED_CALLS = 20  # in which a profiler looks for an exception that it knows of by a frame that was left without a value
PROFILED = 100  # requests a second that are watched by sys.setprofile
MAKES_GENERATOR = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
GENERATOR = 0x20  # CO_GENERATOR
NESTED = 0x10  # CO_NESTED


class OwnFrames:
    """Which of the application's own frames answers a traced request, where it returned, where the chunks of a framework's
    iterable come from, and the exception that left its own code last.

    A framework calls start_response itself, and makes a 500 of an exception before anybody else sees it: the stack says
    nothing of the application's own code then. From Python 3.12 on its frames are watched by sys.monitoring, before that
    by sys.setprofile, in the thread that serves. Where the application profiles itself, nothing is watched; nor is, with
    sys.setprofile, what comes after the recursion limit was reached, and under load most requests.
    """

    def __init__(self):
        self.end = None  # the code of the function that calls the application
        self.thread = None  # which serves
        self.tool = None  # of sys.monitoring, while it is on
        self.watching = False
        self.answering = False  # start_response has not been called
        self.budget = PROFILED
        self.budget_at = 0
        self.forget()

    def forget(self):
        self.answer = None  # how deep its frame was, what it returned (by id), where it is
        self.inner = None  # what an own frame returned last, and where it is
        self.result = None  # where the own frame that the server called has returned
        self.step = None  # what an own frame gave last: its id where it was a `yield`, and where that is
        self.failure = None  # type, message, traceback, stack
        self.leaving = None  # an own frame that an exception has left which is not seen yet: code, depth, events to come
        self.noted = 0

    def watch(self, end):
        """From now on, in a request that the function with the code `end` serves."""
        self.end = end
        self.thread = _thread.get_ident()
        self.forget()
        self.answering = True
        if hasattr(sys, 'monitoring'):
            self.watching = self.monitor()
        elif sys.getprofile() is None and self.affordable():
            self.watching = True
            sys.setprofile(self.profile)

    def affordable(self):
        """A profiler makes a framework twice as slow: under load, so many requests a second are watched."""
        now = monotonic_ns()
        self.budget = min(PROFILED, self.budget + (now - self.budget_at) * PROFILED / 1e9)
        self.budget_at = now
        if self.budget < 1:
            return False
        self.budget -= 1
        return True

    def stop(self):
        """sys.monitoring stays on for the next request: turning it off and on costs as much as some requests."""
        self.watching = False
        if not hasattr(sys, 'monitoring') and sys.getprofile() == self.profile:
            sys.setprofile(None)
        self.forget()

    def turn_off(self):
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
        self.forget()
        self.answering = False
        return answer, caught

    def take_step(self):
        """Where the own frame is that gave something last, since this was asked before."""
        step, self.step = self.step, None
        return None if step is None else step[1]

    def described(self, error):
        return error_name(error), describe_error(error), format_traceback(error), raising_stack(error, self.end)

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
            monitoring.register_callback(self.tool, events.PY_YIELD, self.on_yield)
            monitoring.register_callback(self.tool, events.PY_UNWIND, self.on_unwind)
            monitoring.set_events(self.tool, events.PY_RETURN | events.PY_YIELD | events.PY_UNWIND)
        return True

    def on_return(self, code, _offset, value):
        if code.co_flags & MAKES_GENERATOR or own_file(code.co_filename) is None:
            return sys.monitoring.DISABLE
        if self.watching and _thread.get_ident() == self.thread:
            try:
                self.returned(sys._getframe(1), value)
            except RecursionError:
                pass  # the application is about to hear of it itself

    def on_yield(self, code, _offset, value):
        if not code.co_flags & GENERATOR or own_file(code.co_filename) is None:
            return sys.monitoring.DISABLE
        if self.watching and _thread.get_ident() == self.thread:
            try:
                self.yielded(sys._getframe(1), value)
            except RecursionError:
                pass

    def on_unwind(self, code, _offset, error):
        if self.answering and self.watching and own_file(code.co_filename) is not None and _thread.get_ident() == self.thread:
            try:
                frame = sys._getframe(1)
                if self.called_by_others(frame.f_back):
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
            elif how == 'yield' and value is not None and frame.f_code.co_flags & GENERATOR:
                self.yielded(frame, value)
            elif how == 'raise' and self.answering and self.called_by_others(frame.f_back):
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
        here = place_of_return(frame)
        if self.inner is not None and self.inner[0] == id(value) and code.co_freevars and code.co_flags & NESTED:
            here = self.inner[1]  # a decorator's wrapper passes on what the function in it returned
        self.inner = id(value), here
        self.gave(None, value, here)
        if frame.f_back is not None and frame.f_back.f_code is self.end:
            self.result = here
        if self.answering and self.called_by_others(frame.f_back) and not self.passes_on(frame, value):
            self.candidate(depth_of(frame), id(value), here)

    def yielded(self, frame, value):
        self.gave(id(value), value, place(own_file(frame.f_code.co_filename), frame.f_lineno, frame.f_code))

    def gave(self, yielded, value, here):
        """Who gives on what a generator has yielded is not where it comes from."""
        if self.step is None or self.step[0] != id(value):
            self.step = yielded, here

    def passes_on(self, frame, value):
        """Hooks and middleware return what they were given, or what was returned further inside."""
        if self.answer is not None and self.answer[1] == id(value):
            return True
        code, given = frame.f_code, frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        return any(given.get(name) is value for name in code.co_varnames[:count])

    def called_by_others(self, caller):
        """Whether it is a framework that called."""
        return caller is not None and caller.f_code is not self.end and own_file(caller.f_code.co_filename) is None

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


def place_of_return(frame):
    code = frame.f_code
    return place(own_file(code.co_filename), line_of_return(code, frame.f_lineno, frame.f_lasti), code)


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
