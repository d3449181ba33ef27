"""What can be called: whether as WSGI does it, and where it is defined."""
import functools
import os
import types

from .failures import Unusable
from .own_files import own_file


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


def described(target, factory, path, name):
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
