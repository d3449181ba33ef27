"""The server, whose child this process is: file descriptor 3 leads to it."""
import os
import select

CHANNEL_FD = 3


def watch_parent():
    """Ends the process when the server is gone, also in the middle of a request."""
    poll = select.poll()
    poll.register(CHANNEL_FD, 0)
    poll.poll()
    os._exit(1)


def leave_without_channel(name, lost):
    form = '%s leads to wsgiscope, and an application leaves it open: %s\n'
    try:
        os.write(2, (form % (name, lost)).encode())
    except OSError:
        pass  # it has closed this one as well
    os._exit(1)
