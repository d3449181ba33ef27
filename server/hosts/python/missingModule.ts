/** A module that an application imports and that is not there: one line for each reason, with what to do about it. */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { AppSpec } from '../appSpec.ts'
import type { Missing } from './facts.ts'

/** Of Python 2, and what has their place ("What's New in Python 3.0", and 2to3's fix_imports). */
const PYTHON_2: ReadonlyMap<string, string> = new Map([
  ['BaseHTTPServer', 'http.server'],
  ['CGIHTTPServer', 'http.server'],
  ['ConfigParser', 'configparser'],
  ['Cookie', 'http.cookies'],
  ['DocXMLRPCServer', 'xmlrpc.server'],
  ['HTMLParser', 'html.parser'],
  ['Queue', 'queue'],
  ['SimpleHTTPServer', 'http.server'],
  ['SimpleXMLRPCServer', 'xmlrpc.server'],
  ['SocketServer', 'socketserver'],
  ['StringIO', 'io'],
  ['Tkinter', 'tkinter'],
  ['UserDict', 'collections'],
  ['UserList', 'collections'],
  ['UserString', 'collections'],
  ['__builtin__', 'builtins'],
  ['anydbm', 'dbm'],
  ['cPickle', 'pickle'],
  ['cStringIO', 'io'],
  ['commands', 'subprocess'],
  ['cookielib', 'http.cookiejar'],
  ['copy_reg', 'copyreg'],
  ['dummy_thread', '_dummy_thread'],
  ['exceptions', 'builtins'],
  ['gdbm', 'dbm.gnu'],
  ['htmlentitydefs', 'html.entities'],
  ['httplib', 'http.client'],
  ['md5', 'hashlib'],
  ['robotparser', 'urllib.robotparser'],
  ['sets', 'set, which needs no import'],
  ['sha', 'hashlib'],
  ['thread', '_thread'],
  ['tkMessageBox', 'tkinter.messagebox'],
  ['urllib2', 'urllib.request'],
  ['urlparse', 'urllib.parse'],
  ['whichdb', 'dbm'],
  ['xmlrpclib', 'xmlrpc.client'],
])

/** Of Python 3, with the version that has them no more (PEP 594, PEP 632, "What's New in Python 3.12"). */
const REMOVED: ReadonlyMap<string, string> = new Map([
  ...['asynchat', 'asyncore', 'distutils', 'imp', 'smtpd'].map((name): [string, string] => [name, '3.12']),
  ...[
    ...[
      'aifc',
      'audioop',
      'cgi',
      'cgitb',
      'chunk',
      'crypt',
      'imghdr',
      'lib2to3',
      'mailcap',
      'msilib',
      'nis',
      'nntplib',
    ],
    ...['ossaudiodev', 'pipes', 'sndhdr', 'spwd', 'sunau', 'telnetlib', 'uu', 'xdrlib'],
  ].map((name): [string, string] => [name, '3.13']),
])

export interface MissingModule {
  /** As it was asked for: `email.parser`. */
  name: string
  missing: Missing | null
  /** `Python 3.11.2 (/usr/bin/python3)`. */
  python: string
  /** Its version, where it is the one that wsgiscope brings along. */
  embedded: string | null
  spec: AppSpec
}

/** What is wrong and what to do, behind "app.py imports …"; null where the module could be installed. */
export function notInstallable({ name, missing, python, embedded, spec }: MissingModule): string | null {
  const [top = name] = name.split('.')
  if (missing?.kind === 'hidden') return `imports ${name}, but ${hiding(missing)}`
  const place = whereItLies(top, spec)
  if (place !== null) return `imports ${name}, and ${place}`
  if (missing?.kind === 'part') {
    const where = missing.file === null ? '' : ` (${missing.file})`
    return `imports ${name}, but ${missing.parent}${where} has no such part: is it another version, or misspelled?`
  }
  const successor = PYTHON_2.get(top)
  if (successor !== undefined) {
    return `imports ${name}, a module of Python 2: in ${python} it is ${successor}; make it a Python 3 application first`
  }
  const removed = REMOVED.get(top)
  if (removed !== undefined) {
    return `imports ${name}, which Python has no more since ${removed}: choose an older one with --python PATH (this is ${python})`
  }
  if (missing?.kind !== 'standard') return null
  return embedded === null
    ? `imports ${name}, which is part of the standard library, but not of ${python}: choose another interpreter with --python PATH`
    : `imports ${name}, which is part of the standard library, but not of embedded CPython ${embedded}: use --python python3`
}

/** One that stands beside the application and is taken for another. */
export function hiding({ module, file, standard }: Missing & { kind: 'hidden' }): string {
  const whose = standard ? `Python's own ${module}` : `the installed ${module}`
  return `${file} hides ${whose}: give it another name`
}

/** Of a module that lies above the application's file, where imports do not start: how to name the application then. */
function whereItLies(top: string, { file, folder, cwd, attributes, call, text }: AppSpec): string | null {
  if (file === null) return null
  for (let above = dirname(folder), steps = 0; above !== dirname(above) && steps < 8; above = dirname(above), steps++) {
    // Above the current folder only what the file itself lies in: it was written to be imported from there.
    if (above === cwd ? !isModule(join(above, top)) : !file.startsWith(join(above, top) + sep)) continue
    const parts = relative(above, file).replace(/\.py$/, '').split(sep)
    const module = parts.filter((part) => part !== '__init__').join('.')
    const callable = /:[^/\\]+$/.test(text) ? `:${attributes[0]}${call === null ? '' : `(${call})`}` : ''
    const what = `${top} lies in ${above === cwd ? 'the current folder' : above}`
    return above === cwd
      ? `${what}, where the imports of ${basename(file)} do not start: write ${module}${callable}`
      : `${what}, where the imports of ${basename(file)} do not start: go there, and write ${module}${callable}`
  }
  return null
}

function isModule(path: string): boolean {
  if (existsSync(`${path}.py`)) return true
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
