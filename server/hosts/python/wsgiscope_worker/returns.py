"""Which `return` a function was left by. One within `with` or `try` runs what these end with, and is left from there: the
line that a frame ends at is that of the `with`, or the last one of the `finally`."""
import linecache

known = {}  # lines by file, line and offset in the code; there are as many as ways out of functions


def line_of_return(code, line, offset):
    """Of a frame that ended at this line and this offset in its code."""
    key = code.co_filename, line, offset
    if key not in known:
        known[key] = found(code, line, offset)
    return known[key]


def found(code, line, offset):
    if 'return' in linecache.getline(code.co_filename, line):
        return line
    import dis

    statements = returns_in(code.co_filename)
    # A way out stands in the code directly behind the `return` that takes it.
    for start, before in reversed(list(dis.findlinestarts(code))):
        if start <= offset and before is not None:
            for first, last in statements:
                if first <= before <= last:
                    return first
    return line


def returns_in(file):
    import ast

    try:
        tree = ast.parse(''.join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [(node.lineno, node.end_lineno) for node in ast.walk(tree) if isinstance(node, ast.Return)]
