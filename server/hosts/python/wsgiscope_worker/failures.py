"""Why an application could not be loaded, as facts: the server words them."""
import importlib.machinery
import os
import re
import sys
import traceback

from .errors import describe_error, error_name, format_traceback
from . import own_files
from .own_files import STDLIB, own_file


class Unusable(Exception):
    """The application cannot be used; the argument are facts, the server words them."""


def load_failure(error, config):
    facts = {'reason': 'raised', 'type': error_name(error), 'message': describe_error(error)}
    if isinstance(error, Unusable):
        return error.args[0]
    facts['missing'] = missing(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = '' if config['file'] else config['module'] + '.'
        facts['reason'] = 'module' if wanted.startswith(error.name + '.') else 'import'
        facts['name'] = error.name
    if isinstance(error, SyntaxError):
        facts['file'], facts['line'] = error.filename, error.lineno
    facts['traceback'] = format_traceback(error)
    return facts


def files_of_failure(error, told):
    """The own files a failure comes from, though they are no modules now; and those that would mend it by being there;
    `told` are left out."""
    found = set()
    for _ in range(20):
        if error is None:
            break
        names = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        names.append(getattr(error, 'filename', None))
        found.update(own_file(name) for name in names if isinstance(name, str))
        if isinstance(error, ModuleNotFoundError) and error.name:
            place = os.path.join(own_files.folder, *error.name.split('.'))
            found.update((place + '.py', os.path.join(place, '__init__.py')))
        error = error.__cause__ or error.__context__
    return sorted(found - {None} - told)


def missing(error):
    """What an import fails for besides not being installed, as facts; None where there is nothing more to say."""
    name = getattr(error, 'name', None) or ''
    if isinstance(error, AttributeError):
        found = re.match(r"(?:partially initialized )?module '([\w.]+)' has no attribute", str(error))
        name = found[1] if found else ''
    elif not isinstance(error, ImportError):
        name = ''
    top = name.partition('.')[0]
    if not top:
        return None
    file = getattr(sys.modules.get(top), '__file__', None) or getattr(error, 'path', None) or place_on_path(top)
    if isinstance(file, str) and own_file(file):
        elsewhere = other_module(top)
        if elsewhere is not None:
            return {'kind': 'hidden', 'module': top, 'file': os.path.abspath(file), 'standard': elsewhere}
    if not isinstance(error, ModuleNotFoundError):
        return None
    parent = name.rpartition('.')[0]
    if parent and parent in sys.modules:
        return {'kind': 'part', 'parent': parent, 'file': file if isinstance(file, str) else None}
    if is_standard(top):
        return {'kind': 'standard', 'module': top}
    return None


def place_on_path(name):
    """The file that an import of this name would find: one whose import failed is no module now."""
    found = importlib.machinery.PathFinder.find_spec(name, sys.path)
    return found and found.origin


def other_module(name):
    """Whether a module of this name beside the application's own is Python's (True) or a library's; None without one."""
    places = [place for place in sys.path if not own_file(os.path.join(place or os.curdir, name + '.py'))]
    found = importlib.machinery.PathFinder.find_spec(name, places)
    if found is None or found.origin is None:
        return None
    return is_standard(name)


def is_standard(name):
    known = getattr(sys, 'stdlib_module_names', None)  # since Python 3.10
    if known is not None:
        return name in known
    place = os.path.join(STDLIB, name)
    return os.path.exists(place + '.py') or os.path.isdir(place) or name in sys.builtin_module_names
