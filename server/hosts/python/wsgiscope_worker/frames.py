"""The frames of the channel: twin of ../messages.ts, where the same heads stand field by field in the same order.

A frame is a u32le length of what follows, a u32le length of its head, the head in JSON, then bytes: its payload.

To the worker:
  [0, config]                          first of all, the application to load, as a mapping:
    file                               absolute path, or null: then `module` is imported by its name
    module, byName                     its name; whether `file` is imported under it
    attributes                         dotted names, the first that there is is taken
    call                               arguments, as they are written: what is taken is a factory; or null
    folder                             the application's, absolute: in front of sys.path
    argv0                              sys.argv[0]
    codings                            those of sources that the server can decode
    shipped                            it lies in the installed package: no bytecode is written
    multiprocess                       wsgi.multiprocess
    noTerminal                         why nobody can be asked at the terminal, or null
    changed                            files whose bytecode is not to be trusted
  [0, id, trace, environ, bodyFile, credit]
                                       a request; trace 0 or 1; environ without what the worker makes itself;
                                       bodyFile a path, or null: then the payload is the body; credit in bytes
  [1, id, credit]                      the client takes so many bytes more
  [2, id]                              nobody waits for the rest of its response
To the server:
  [id, [[kind, nanoseconds, ...], ...]]
                                       what happened, in its order; id 0 is no request; nanoseconds by
                                       time.monotonic_ns(); the payload is the bytes of its chunk and write events
Kinds of no request, with what follows the nanoseconds:
  started                              it is a Python that can run a worker
  hello           facts                the application is loaded: Hello in facts.ts
  failed          facts                it cannot be used: Failed in facts.ts
  imported        files                more of the application's own files have been imported
  source          file, text           of one in a coding that Node does not know, before it is named elsewhere
  asks            prompt               somebody is asked at the terminal, until it is
  answered
Kinds of a request; a line that is logged may be of none:
  called                               the application is about to be called
  environChanged  key, before, after, at
                                       before, after: as repr() shows them; null where there was, or is, none;
                                       at: startResponse or returned
  inputRead       method, asked, returned, offset, frame
                                       of wsgi.input, in bytes; asked null: all there is
                                       frame {file, line, function}: who read, or null
  startResponse   status, headers, excInfo, stack, answer
                                       excInfo {type, message} or null; stack caller first, of {file, line, function}
                                       and {folded, of}; answer the frame it comes from, or null
  caught          type, message, traceback, stack
                                       the exception that a framework has made a 500 of
  write           length, rest, frame  bytes given to write(); rest: how many of them are still to come, if any, or null;
                                       frame: who gave them, if it is known
  chunk           length, rest, frame  the same of a chunk of the iterable
  returned        length, frame        the application has; len() of the iterable, or null; frame: where, if it is known
  exhausted                            the iterable has ended
  raised          type, message, traceback, rule, stack
                                       rule: the one that was broken, or null
  noticed         rule                 it was broken without an exception
  logged          source, text         a line; source wsgi.errors, stdout or stderr
  closed                               the request is over
"""
import json
import struct

CALL, MORE, ABORT = 0, 1, 2
WITH_BYTES = frozenset(('chunk', 'write'))  # the events that come with bytes

LENGTHS = struct.Struct('<II')
encode = json.JSONEncoder(separators=(',', ':'), check_circular=False).encode
decode = json.JSONDecoder().raw_decode
