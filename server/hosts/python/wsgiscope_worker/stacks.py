"""Stacks of the application's own frames. `end` is the code of the function that calls the application: a stack ends there."""
from types import GeneratorType

from .limits import MOST_FRAMES, short
from .own_files import is_worker_file, own_file


def own_stack(frame, end):
    """The frames of the application's own files, caller first; others are counted, with the
    packages they are of."""
    frames = []
    while frame is not None and frame.f_code is not end:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return folded_stack(frames)


def raising_stack(error, end):
    """The same for the frames that an exception came through, innermost first, and of those that wait behind them."""
    frames, part = [], error.__traceback__
    outside = None if part is None else part.tb_frame
    while outside is not None and outside.f_code is not end:
        outside = outside.f_back
        if outside is not None:
            frames.insert(0, (outside, outside.f_lineno))
    while part is not None:
        frames.append((part.tb_frame, part.tb_lineno))
        part = part.tb_next
    half = MOST_FRAMES // 2
    if len(frames) > MOST_FRAMES:  # endless recursion: its beginning and its end say all
        del frames[half:-half]
    return folded_stack(reversed(frames))


def folded_stack(frames):
    stack, folded, of = [], 0, []
    for frame, line in frames:
        path = own_file(frame.f_code.co_filename)
        if path is not None and len(stack) < MOST_FRAMES:
            if folded:
                stack.append({'folded': folded, 'of': of})
                folded, of = 0, []
            stack.append(place(path, line, frame.f_code))
        elif not is_worker_file(frame.f_code.co_filename):
            folded += 1
            package = short(str(frame.f_globals.get('__name__')).partition('.')[0])
            if package not in of and len(of) < MOST_FRAMES:
                of.append(package)
    if folded:
        stack.append({'folded': folded, 'of': of})
    return stack


def innermost(frame, end):
    """The frame of the application's own that has called, or whose call into a library has; None where there is none."""
    while frame is not None and frame.f_code is not end:
        path = own_file(frame.f_code.co_filename)
        if path is not None:
            return place(path, frame.f_lineno, frame.f_code)
        frame = frame.f_back
    return None


def resting_place(iterator):
    """Where a generator of the application's own rests: at the `yield` that gave its last value, or at its `def` before the
    first one. Of those that pass a value on with `yield from`, the innermost. None for all else."""
    found = None
    while type(iterator) is GeneratorType and iterator.gi_frame is not None:
        frame = iterator.gi_frame
        path = own_file(frame.f_code.co_filename)
        if path is not None:
            found = place(path, frame.f_lineno, frame.f_code)
        iterator = iterator.gi_yieldfrom
    return found


def place(path, line, code):
    name = getattr(code, 'co_qualname', code.co_name)  # since Python 3.11
    # Code that was made and not written may have no lines.
    return {'file': path, 'line': code.co_firstlineno if line is None else line, 'function': short(name)}
