"""Finds the WSGI application that was named, or the facts of why it cannot be used."""
import importlib
import importlib.machinery
import importlib.util
import os
import sys

from .callables import check_callable, described
from .failures import Unusable


class Uncached(importlib.machinery.SourceFileLoader):
    """Bytecode is named after a file without its extension: that of app.wsgi would be taken for that of app.py."""

    def path_stats(self, path):
        raise OSError('no bytecode')


def load(config):
    """The application, imported as its own program would find it, and where it is defined."""
    folder = config['folder']
    if getattr(sys.flags, 'safe_path', False):
        sys.path.insert(0, folder)
    else:
        sys.path[0] = folder  # the interpreter put the script's folder there
    sys.argv = [config['argv0']]
    if config['shipped']:
        sys.dont_write_bytecode = True  # a sample lies in the installed package, which is not ours to write to
    for file in config.get('changed', ()):
        # Bytecode is checked by size and by the second: a file that was saved twice in one would not be read again.
        try:
            os.unlink(importlib.util.cache_from_source(file))
        except (OSError, NotImplementedError):
            pass
    module = find_module(config['module'], config['file'], config['byName'])
    target, choice = find_attribute(module, config['attributes'])
    if not callable(target):
        raise Unusable({'reason': 'callable', 'attribute': choice, 'type': type(target).__name__})
    factory = None
    if config['call'] is not None:
        factory, target = target, call_factory(target, choice, config['call'])
    check_callable(target, choice, factory is not None)
    path = config['file'] or getattr(module, '__file__', None)
    return target, {**described(target, factory, path, choice.partition('.')[0]), 'attribute': choice}


def find_module(name, path, by_name):
    """`path` is None for a module that is named; else its file, which is imported as the module `name` where `by_name`."""
    if path is not None and ('.' in name or is_package(path)):
        sys.path.append(os.path.dirname(path))  # last of all: for a part of a package that imports what lies beside it
    if not by_name:
        return load_file(name, path)
    module = importlib.import_module(name)
    found = getattr(module, '__file__', None)
    if path is not None and not (isinstance(found, str) and os.path.exists(found) and os.path.samefile(found, path)):
        raise Unusable({'reason': 'otherModule', 'name': name, 'found': found if isinstance(found, str) else None})
    return module


def is_package(path):
    return os.path.splitext(os.path.basename(path))[0] == '__init__'


def load_file(name, path):
    """A file of whatever name, as a module that imports can find while and after it is loaded."""
    parent = name.rpartition('.')[0]
    if parent:
        importlib.import_module(parent)  # the package that it is relative to
    while name in sys.modules:
        name += '_'  # a json.py of the application's own is not the json that others import
    loader = None if path.endswith(tuple(importlib.machinery.all_suffixes())) else Uncached(name, path)
    within = [os.path.dirname(path)] if is_package(path) else None
    spec = importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=within)
    module = importlib.util.module_from_spec(spec)
    # As `import` does it: a circular import of this module is then told as one.
    spec._initializing = True
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    finally:
        spec._initializing = False
    return sys.modules.get(name, module)


def find_attribute(module, choices):
    """The first of the dotted names in `choices` that there is, and its value."""
    for choice in choices:
        target, found = module, True
        for part in choice.split('.'):
            found = found and hasattr(target, part)
            target = getattr(target, part, None)
        if found:
            return target, choice
    has = [n for n, v in vars(module).items() if callable(v) and n[:1] != '_']
    has.sort(key=lambda n: not is_made_in(module, vars(module)[n]))
    raise Unusable({'reason': 'attribute', 'has': has[:12]})


def is_made_in(module, value):
    try:
        return getattr(value, '__module__', None) == module.__name__
    except Exception:  # a proxy of nothing
        return False


def call_factory(factory, choice, text):
    """What the factory gives, called with the literals that `text` has, as gunicorn and Flask take them."""
    import inspect

    positional, named = literals(choice, text)
    if inspect.iscoroutinefunction(factory):
        raise Unusable({'reason': 'unfit', 'attribute': choice, 'made': False, 'kind': 'asyncFactory', 'takes': '', 'type': ''})
    target = factory(*positional, **named)
    if not callable(target):
        raise Unusable({'reason': 'factory', 'attribute': choice, 'call': text, 'type': type(target).__name__})
    return target


def literals(choice, text):
    import ast

    try:
        call = ast.parse('f(%s)' % text, mode='eval').body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError(text)
        if any(keyword.arg is None for keyword in call.keywords):
            raise ValueError(text)
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
        return [ast.literal_eval(value) for value in call.args], named
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        raise Unusable({'reason': 'literals', 'attribute': choice, 'call': text}) from None


def runtime():
    return {'version': '%d.%d.%d' % sys.version_info[:3], 'executable': sys.executable or ''}
