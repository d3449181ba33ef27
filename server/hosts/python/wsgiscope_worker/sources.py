"""The application's own files: those that have been imported, and the text of those that Node cannot decode."""
import re
import sys
from time import monotonic_ns

from .channel import channel
from .limits import MOST_FILES
from .own_files import own_file

MOST_TEXT = 160 * 1024  # characters of a source that are sent: as JSON they fit into the head of a frame


class Sources:
    """Which of the application's own files the server has been told of. `codings` are those that it can decode."""

    def __init__(self, codings):
        self.codings = frozenset(codings)
        self.told = set()
        self.modules = 0  # how many there were when they were looked through

    def new_files(self):
        """The application's own files among those that have been imported since this was asked last."""
        self.modules = len(sys.modules)
        found = []
        for module in list(sys.modules.values()):
            # Not getattr: some modules import others, or raise, for whatever is asked of them.
            names = getattr(module, '__dict__', None)
            file = names.get('__file__') if type(names) is dict else None
            path = own_file(file) if isinstance(file, str) else None
            if path is not None and path not in self.told:
                self.told.add(path)
                found.append(path)
                text = undecoded(path, self.codings)
                if text is not None:
                    channel.put(0, [('source', monotonic_ns(), path, text)])
        return found


def tell_imported(files):
    events = [('imported', monotonic_ns(), files[at : at + MOST_FILES]) for at in range(0, len(files), MOST_FILES)]
    if events:
        channel.put(0, events)


def undecoded(path, known):
    """The text of a source in a coding that is not among the `known` ones (PEP 263), else None."""
    try:
        with open(path, 'rb') as source:
            if b'coding' not in source.readline(4096) + source.readline(4096):
                return None
        import tokenize

        with tokenize.open(path) as source:
            if re.sub('[-_]', '', source.encoding.lower()) in known:
                return None
            text = source.read(MOST_TEXT + 1)
            return text if len(text) <= MOST_TEXT else None
    except (OSError, SyntaxError, ValueError, LookupError):
        return None
