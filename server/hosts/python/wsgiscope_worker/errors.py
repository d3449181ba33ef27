"""An exception in words: its name, its message, its traceback without the server's own frames."""
import traceback

from .limits import LONGEST_TEXT, short
from .own_files import is_worker_file


def error_name(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == 'builtins' else '%s.%s' % (kind.__module__, kind.__qualname__)
    return short(name)


def describe_error(error):
    try:
        return short(str(error), LONGEST_TEXT)
    except Exception as broken:
        return '<str() failed: %s>' % type(broken).__name__


def format_traceback(error):
    """As Python prints it, without the frames of this package and of the import machinery."""
    try:
        return short(full_traceback(error), LONGEST_TEXT)
    except Exception:  # what the error says of itself is no text, or raises: its name and where it was raised are left
        frames = ''.join(without_worker(traceback.extract_tb(error.__traceback__)).format())
        named = '%s: %s\n' % (error_name(error), describe_error(error))
        return short('Traceback (most recent call last):\n%s%s' % (frames, named), LONGEST_TEXT)


def without_worker(frames):
    kept = [f for f in frames if not is_worker_file(f.filename) and f.filename[:17] != '<frozen importlib']
    return traceback.StackSummary.from_list(kept)


def full_traceback(error):
    whole = traceback.TracebackException.from_exception(error)
    todo, seen = [whole], set()
    while todo:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = without_worker(part.stack)
        todo += [part.__cause__, part.__context__, *(getattr(part, 'exceptions', None) or ())]
    return ''.join(whole.format())
