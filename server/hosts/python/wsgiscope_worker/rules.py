"""The rules of PEP 3333 that raise inside the application. Those of start_response() are those of
shared/wsgi/startResponse.ts, word for word.
"""
import re

from .channel import channel
from .limits import HEADERS_LENGTH, MOST_HEADERS

STATUS = re.compile(r'[1-9][0-9][0-9] [!-~\x80-\xff]([ -~\x80-\xff]*[!-~\x80-\xff])?')
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r'[ -~\x80-\xff]*')
HOP_BY_HOP = frozenset(
    'connection keep-alive proxy-authenticate proxy-authorization te trailer trailers transfer-encoding upgrade'.split()
)
SECTION = ' (PEP 3333, "%s")'
START_RESPONSE = SECTION % 'The start_response() Callable'
STRING_TYPES = SECTION % 'A Note On String Types'
HOP_SECTION = SECTION % 'Other HTTP Features'
DETAILS = SECTION % 'Specification Details'
WRITE = SECTION % 'The write() Callable'
STREAMS = SECTION % 'Input and Error Streams'


def type_name(value):
    return 'None' if value is None else type(value).__name__


def broken(rule, kind, text):
    """The exception to raise where the application breaks `rule`, by its name in shared/wsgi/referee.ts."""
    error = kind(text)
    if channel.running is not None:
        channel.running.broken = rule, error
    return error


def native(what, text, rule):
    """Raises unless `text` is a str (else `rule`) of characters up to U+00FF without control characters."""
    if not isinstance(text, str):
        raise broken(rule, TypeError, '%s must be a str, not %s%s' % (what, type_name(text), STRING_TYPES))
    for letter in text:
        if letter > '\xff':
            form = '%s has a character outside latin-1: %s%s'
            raise broken('not-latin1', ValueError, form % (what, ascii(letter), STRING_TYPES))
        if letter < ' ' or letter == '\x7f':
            form = '%s has a control character: %s%s'
            raise broken('control-character', ValueError, form % (what, ascii(letter), START_RESPONSE))


def check_start(status, headers):
    """Raises unless they are what start_response() takes (PEP 3333, "The start_response() Callable")."""
    if not isinstance(status, str) or not STATUS.fullmatch(status):
        native('the status', status, 'status-not-str')
        form = 'the status must be three digits, a space and a reason, not %s%s'
        raise broken('status-form', ValueError, form % (ascii(status), START_RESPONSE))
    if status[0] == '1':
        form = '%s is no final answer, and for the server alone (RFC 9110, 15.2)'
        raise broken('status-informational', ValueError, form % ascii(status))
    if type(headers) is not list:
        form = 'the headers must be a list, not %s%s'
        raise broken('headers-not-list', TypeError, form % (type_name(headers), START_RESPONSE))
    length = len(status)
    for item in headers:
        if not isinstance(item, tuple) or len(item) != 2:
            what = 'each header must be a tuple of name and value'
            raise broken('header-not-pair', TypeError, what + START_RESPONSE)
        name, value = item
        if not isinstance(name, str) or not NAME.fullmatch(name):
            native('a header name', name, 'header-not-str')
            raise broken('header-name', ValueError, 'not a header name: %s (RFC 9110, 5.1)' % ascii(name))
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            native('the value of %s' % name, value, 'header-not-str')
        if name.lower() in HOP_BY_HOP:
            rule = 'transfer-encoding' if name.lower() == 'transfer-encoding' else 'hop-by-hop'
            raise broken(rule, ValueError, '%s is a hop-by-hop header, for the server alone%s' % (name, HOP_SECTION))
        length += len(name) + len(value)
    if len(headers) > MOST_HEADERS or length > HEADERS_LENGTH:
        form = 'too many headers: %d, of %d characters; one response may have %d, of %d together'
        raise ValueError(form % (len(headers), length, MOST_HEADERS, HEADERS_LENGTH))
