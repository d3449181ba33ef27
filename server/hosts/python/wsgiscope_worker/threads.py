"""Which request a thread belongs to, so that what it prints is known to be of it."""
import _thread
import sys

# Not of pools: their threads outlive the request in which they were started, and work for others.
POOLS = ('concurrent.futures.thread', 'multiprocessing.pool')


def call_of_thread():
    """The request in which this thread was started, over or not, as far as that is known; else 0."""
    threading = sys.modules.get('threading')
    thread = threading and threading._active.get(_thread.get_ident())
    return getattr(thread, '_wsgiscope_call', 0)


def mark_threads(channel):
    """From now on each thread is marked with the request that starts it."""
    import functools
    import threading

    start_thread = threading.Thread.start

    @functools.wraps(start_thread)
    def start(self):
        call = channel.running
        here = call.id if call is not None and _thread.get_ident() == channel.main_thread else call_of_thread()
        if here and getattr(getattr(self, '_target', None), '__module__', None) not in POOLS:
            self._wsgiscope_call = here
        return start_thread(self)

    threading.Thread.start = start
