"""Processes that the application forks: the requests and the channel are their parent's."""
import os

from .channel import Aborted, channel
from .errors import format_traceback
from .streams import printed


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


def leave_channel_to_parent():
    """In a fork of the application's: its prints go to the real descriptors, the channel is the parent's."""
    for stream in printed:
        stream.take_partial()  # the parent prints it
    if channel.socket is None:
        return  # a fork of a fork
    channel.leave_to_parent()
