"""Which files are the application's own: below its folder, and neither a library's, nor Python's, nor the worker's.

A process serves one application: its folder is set once, before anything of it is loaded.
"""
import os

STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep

folder = None  # with a separator at its end
known = {}  # what own_file() has said


def set_folder(path):
    global folder
    folder = os.path.join(os.path.abspath(path), '')


def own_file(filename):
    """The absolute path where the file is the application's own, else None."""
    if filename not in known:
        path = os.path.abspath(filename)
        parts = path.split(os.sep)
        foreign = 'site-packages' in parts or 'dist-packages' in parts or path.startswith((STDLIB, PACKAGE))
        known[filename] = path if path.startswith(folder) and not foreign and filename[:1] != '<' else None
    return known[filename]


def is_worker_file(filename):
    """Whether it is one of this package, whose frames nobody needs to see."""
    return filename.startswith(PACKAGE)
