/** What a worker says of its application: that it is loaded, or why it cannot be. Checked: the application shares its process. */
import * as z from 'zod'

/** In one event: MOST_FILES in wsgiscope_worker/limits.py. */
const MOST_FILES = 500

export const Files = z.array(z.string()).max(MOST_FILES)

const runtime = {
  version: z.string(),
  executable: z.string(),
  /** The application's own files, as far as they have been imported; after a failure also those that it is about. */
  files: Files.default([]),
}

export const Hello = z.object({
  ...runtime,
  callable: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  attribute: z.string(),
})
export type Hello = z.infer<typeof Hello>

/** What an import fails for besides not being installed. */
const Missing = z.discriminatedUnion('kind', [
  /** A file of the application's own is taken for another module, one of Python's own where `standard`. */
  z.object({ kind: z.literal('hidden'), module: z.string(), file: z.string(), standard: z.boolean() }),
  /** The package is there, without that part. */
  z.object({ kind: z.literal('part'), parent: z.string(), file: z.string().nullable() }),
  /** It belongs to the standard library, but not to that of this interpreter. */
  z.object({ kind: z.literal('standard'), module: z.string() }),
])
export type Missing = z.infer<typeof Missing>

const beyondPython = {
  missing: Missing.nullish(),
  /** A C extension that embedded CPython cannot load: the file that would be the missing module elsewhere. */
  extension: z.string().nullish(),
  /** What embedded CPython does not have, in a word: `threads`. */
  lacks: z.string().nullish(),
}

const named = { ...runtime, attribute: z.string() }

/** Why an application could not be loaded; `loadFailure.ts` words it. */
export const Failed = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('attribute'), ...runtime, has: z.array(z.string()) }),
  z.object({ reason: z.literal('callable'), ...named, type: z.string() }),
  /** `call`: what it was called with. */
  z.object({ reason: z.literal('factory'), ...named, call: z.string(), type: z.string() }),
  z.object({ reason: z.literal('literals'), ...named, call: z.string() }),
  /** It can be called, but not with two arguments for an iterable; `made`: it is what the factory made. */
  z.object({
    reason: z.literal('unfit'),
    ...named,
    made: z.boolean(),
    kind: z.enum(['asgi', 'coroutine', 'asyncGenerator', 'asyncFactory', 'factory', 'arguments']),
    takes: z.string(),
    type: z.string(),
  }),
  /** The name of the file's package is that of another, which was imported. */
  z.object({ reason: z.literal('otherModule'), ...runtime, name: z.string(), found: z.string().nullable() }),
  z.object({
    reason: z.enum(['module', 'import']),
    ...runtime,
    name: z.string(),
    traceback: z.string(),
    ...beyondPython,
  }),
  z.object({
    reason: z.literal('raised'),
    ...runtime,
    ...beyondPython,
    type: z.string(),
    message: z.string(),
    traceback: z.string(),
    file: z.string().nullish(),
    line: z.int().nullish(),
  }),
])
export type Failed = z.infer<typeof Failed>
