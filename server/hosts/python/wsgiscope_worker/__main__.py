"""Starts the worker, with the server at the other end of file descriptor 3."""
import os
import sys


def start():
    # From beside this file, also where Python is told not to look there; and without bytecode in the server's folders.
    path, writes_bytecode, sys.dont_write_bytecode = sys.path[:], not sys.dont_write_bytecode, True
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import _thread
    import socket

    from wsgiscope_worker import forks, parent, threads, worker
    from wsgiscope_worker.channel import channel

    sys.path[:] = path
    sys.dont_write_bytecode = not writes_bytecode
    server = socket.socket(fileno=parent.CHANNEL_FD)
    server.setblocking(True)
    server.set_inheritable(False)
    if hasattr(os, 'register_at_fork'):
        os.register_at_fork(after_in_child=forks.leave_channel_to_parent)
    _thread.start_new_thread(parent.watch_parent, ())
    threads.mark_threads(channel)
    try:
        worker.run(server)
    except OSError as lost:  # of the channel: the application's own are told of
        parent.leave_without_channel('file descriptor 3', lost)


if __name__ == '__main__':  # it is not where multiprocessing starts another process from it
    start()
