"""Finds the WSGI application that was named, or the facts of why it cannot be used. Needs Python 3.8 alone.

`own_file(path)` is the absolute path of a file that is the application's own, else None.
"""
import functools
import importlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import types

STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


class Unusable(Exception):
    """The application cannot be used; the argument are facts, the server words them."""


class Uncached(importlib.machinery.SourceFileLoader):
    """Bytecode is named after a file without its extension: that of app.wsgi would be taken for that of app.py."""

    def path_stats(self, path):
        raise OSError('no bytecode')


def load(config, own_file):
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
    return target, {**described(target, factory, path, choice.partition('.')[0], own_file), 'attribute': choice}


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


def check_callable(target, choice, made):
    """Raises for what can be called, but never as WSGI does it (PEP 3333, "The Application/Framework Side")."""
    try:
        kind, takes = unfit(target)
    except Exception:  # an object that answers every attribute, or refuses; a function of C that does not say what it takes
        return
    if kind is not None:
        facts = {'reason': 'unfit', 'attribute': choice, 'made': made, 'kind': kind, 'takes': takes[:200]}
        raise Unusable({**facts, 'type': type(target).__name__})


def unfit(target):
    import inspect

    # What a decorator made of a function counts, and not what it was made of.
    signature = inspect.signature(target, follow_wrapped=False)
    parameters = list(signature.parameters.values())
    names = [p.name for p in parameters]
    takes = '(%s)' % ', '.join(str(p.replace(annotation=p.empty, default=p.empty)) for p in parameters)

    def accepts(count):
        try:
            signature.bind(*[None] * count)
        except TypeError:
            return False
        return True

    is_function = inspect.isroutine(target) or isinstance(target, functools.partial)
    runs = target if is_function else type(target).__call__
    asynchronous = inspect.iscoroutinefunction(runs)
    if names[:3] == ['scope', 'receive', 'send'] or (asynchronous and not accepts(2) and accepts(3)):
        return 'asgi', takes
    if asynchronous:
        return 'coroutine', takes
    if inspect.isasyncgenfunction(runs):
        return 'asyncGenerator', takes
    if names == ['scope'] and not accepts(2):
        return 'asgi', takes
    anything = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if accepts(0) and not anything and not (accepts(2) and names[0].startswith('env')):
        return 'factory', takes
    return ('arguments', takes) if not accepts(2) else (None, takes)


def definition(target):
    """Qualified name, file and line of what runs when `target` is called; file and line may be None."""
    for _ in range(50):
        inner = getattr(target, '__wrapped__', None) or getattr(target, '__func__', None)
        if inner is None and not isinstance(target, type):
            inner = getattr(target, 'func', None) if type(target).__name__ == 'partial' else None
        if inner is None:
            break
        target = inner
    if isinstance(target, type):
        import inspect

        try:
            return target.__qualname__, inspect.getsourcefile(target), inspect.getsourcelines(target)[1]
        except (OSError, TypeError):
            return target.__qualname__, None, None
    code = getattr(target, '__code__', None)
    if isinstance(code, types.CodeType):
        name = target.__qualname__
    else:
        method = getattr(type(target), '__call__', None)
        name = type(target).__qualname__ + '.__call__'
        code = getattr(getattr(method, '__wrapped__', method), '__code__', None)
    return (name, code.co_filename, code.co_firstlineno) if isinstance(code, types.CodeType) else (name, None, None)


def place_of(target):
    """Its definition. An object that answers every attribute, or refuses, has the name of its class alone."""
    try:
        name, file, line = definition(target)
        if isinstance(name, str) and isinstance(file, (str, type(None))) and isinstance(line, (int, type(None))):
            return name, file, line
    except Exception:
        pass
    return type(target).__qualname__, None, None


def described(target, factory, path, name, own_file):
    """What the server is told of the application that `name` in the module at `path` is, or that `factory` made."""
    found, file, line = place_of(target)
    if file is None or own_file(file) is None:
        # A framework's object: its class says nothing about this application, the line that makes it does.
        file, line = place_of(factory)[1:] if factory is not None else (None, None)
        if file is None or own_file(file) is None:
            file, line = path, path and binding_line(path, name)
    return {'callable': found, 'file': file and os.path.abspath(file), 'line': line}


def binding_line(path, name):
    """The line of a module's own source that gives `name` its value: outside of functions and classes, the last one."""
    import ast

    try:
        with open(path, 'rb') as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return None
    found, todo = None, list(reversed(tree.body))
    while todo:
        node = todo.pop()
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, 'target', node)]
        names = [getattr(t, 'id', getattr(t, 'name', None)) for t in targets]
        names += [a.asname or a.name for a in getattr(node, 'names', []) if isinstance(a, ast.alias)]
        if name in names:
            found = node.lineno
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            # if, try, with: what they do is done at the top level too.
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.excepthandler))]
            todo += reversed(inner)
    return found


MOST_TEXT = 160 * 1024  # characters of a source that are sent: as JSON they fit into the head of a frame


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


def missing(error, own_file):
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
        elsewhere = other_module(top, own_file)
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


def other_module(name, own_file):
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
