"""What an application has changed in its environ."""
import re
from time import monotonic_ns

from .limits import MOST_CHANGES, short

NONE = object()  # no value: None may be one

# Those that PEP 3333, "environ Variables" takes over from CGI; under any other name an application may keep what it likes.
CGI_KEY = re.compile(
    'HTTP_|(AUTH_TYPE|CONTENT_(LENGTH|TYPE)|GATEWAY_INTERFACE|PATH_(INFO|TRANSLATED)|QUERY_STRING|'
    'REMOTE_(ADDR|HOST|IDENT|USER)|REQUEST_METHOD|SCRIPT_NAME|SERVER_(NAME|PORT|PROTOCOL|SOFTWARE))$'
)


def is_native(value):
    return isinstance(value, str) and (value.isascii() or max(value) <= '\xff')


def short_repr(value):
    try:
        text = repr(value[:200] if isinstance(value, (str, bytes)) else value)
    except Exception as error:
        text = '<repr() failed: %s>' % type(error).__name__
    return text if len(text) <= 200 else text[:199] + '\u2026'


def same(a, b):
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False


def report_changes(call, at):
    """Reports what differs from the last look. Values are compared by identity first: most never change."""
    before, environ = call.before, call.environ
    told = len(call.events) + MOST_CHANGES
    # Of a copy: repr() runs code of the application, which may put into the environ what it worked out.
    for key, value in dict(environ).items():
        if len(call.events) > told:
            break
        old = before.get(key, NONE)
        if old is not value and (old is NONE or not same(old, value)):
            was = None if old is NONE else short_repr(old)
            name = short(str(key))
            call.events.append(('environChanged', monotonic_ns(), name, was, short_repr(value), at))
            if not is_native(value) and CGI_KEY.match(str(key)):
                call.notice('environ-not-native')
    for key, old in before.items():
        if key not in environ and len(call.events) <= told:
            call.events.append(('environChanged', monotonic_ns(), short(str(key)), short_repr(old), None, at))
    call.before = dict(environ)
