"""Runs one WSGI application for wsgiscope: one request at a time. Needs Python 3.8 alone, and nothing installed.

It is started as a script, `python3 path/to/wsgiscope_worker/__main__.py`, in whatever interpreter the application has.
Embedded Python imports it (../../embedded/wsgiscope_embedded.py), and so does the tracer of the sixty-line server, for
what it says of an application. Whoever imports a module finds one of these under the name of this package alone.

    __main__, parent        the process: the channel is file descriptor 3
    worker                  loads the application, says so, serves
    channel, frames, limits what is said to the server, and in which form
    loading, callables, failures, sources
                            finds the application; where it is defined, or why it cannot be used; its files
    call, output, environ   one request
    rules, streams, terminal
                            what the application meets: start_response(), wsgi.input, print(), input()
    own_files, stacks, own_frames, errors
                            which code is the application's own, and what is said of it
    threads, forks          of the application's own making

A process has one channel, one application and one request at a time. What there is one of (`channel`, `printed`, `errors`,
`standard_input`, `own_frames`) is made where its class is; nothing else is kept in modules, but what own_files knows.
"""
