"""The frames of the channel: twin of ../messages.ts, where the same heads stand field by field in the same order.

A frame is a u32le length of what follows, a u32le length of its head, the head in JSON, then bytes: its payload.

To the worker:
  [0, config]                                     first of all: the application to load; see loading.load and worker.main
  [0, id, trace, environ, bodyFile, credit]       a request; trace 0 or 1; environ without what the worker makes itself;
                                                  bodyFile a path or null: then the payload is the body; credit in bytes
  [1, id, credit]                                 the client takes so many bytes more
  [2, id]                                         nobody waits for the rest of its response
To the server:
  [id, [[kind, nanoseconds, ...], ...]]           what happened, in its order; id 0 is no request; nanoseconds of
                                                  CLOCK_MONOTONIC; the payload is the bytes of its chunk and write events
Kinds of no request, with what follows the nanoseconds:
  started                                         it is a Python that can run a worker
  hello        facts                              the application is loaded: Hello in facts.ts
  failed       facts                              it cannot be used: Failed in facts.ts
  imported     files                              more of the application's own files have been imported
  source       file, text                         of one in a coding that Node does not know, before it is named elsewhere
  asks         prompt                             somebody is asked at the terminal, and has answered:
  answered
Kinds of a request, besides logged, which may be of none:
  called                                          the application is about to be called
  environChanged  key, before, after, at          before or after null: there was, or is, none; at startResponse or returned
  inputRead    method, asked, returned, offset    of wsgi.input, in bytes; asked null: all there is
  startResponse   status, headers, excInfo, stack, answer
                                                  excInfo {type, message} or null; stack caller first, of {file, line,
                                                  function} and {folded, of}; answer the frame it comes from, or null
  caught       type, message, traceback, stack    the exception that a framework has made a 500 of
  write        length, rest                       bytes given to write(); rest, where there is one: what is still to come of
  chunk        length, rest                       the same piece. A chunk comes from the iterable
  returned     length                             the iterable's len(), or null
  exhausted                                       the iterable has ended
  raised       type, message, traceback, rule, stack
                                                  rule: the one it broke, or null
  noticed      rule                               a rule that was broken without an exception
  logged       source, text                       a line; source wsgi.errors, stdout or stderr
  closed                                          the request is over
"""
import json
import struct

CALL, MORE, ABORT = 0, 1, 2
CARRIERS = frozenset(('chunk', 'write'))  # the events that come with bytes

LENGTHS = struct.Struct('<II')
encode = json.JSONEncoder(separators=(',', ':'), check_circular=False).encode
decode = json.JSONDecoder().raw_decode
