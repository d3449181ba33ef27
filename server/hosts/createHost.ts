import type { Host, HostOptions } from '../../shared/gateway/host.ts'
import { parseAppSpec } from './appSpec.ts'
import { createInlineHost } from './inline/inlineHost.ts'
import { createPythonHost } from './python/pythonHost.ts'

export interface CreateHostOptions extends HostOptions {
  /** Where the person stands: paths in the spec and in `python` are relative to it. */
  cwd: string
  /** The environment of the interpreter; VIRTUAL_ENV and PATH choose it. */
  env: Record<string, string | undefined>
  /** What `--python` said. */
  python?: string
}

/**
 * Loads the application that `spec` names and starts its workers.
 * @throws LoadError when it cannot be used; its message says in one line what is wrong and what to do.
 */
export async function createHost(spec: string, options: CreateHostOptions): Promise<Host> {
  const parsed = parseAppSpec(spec, options.cwd)
  return parsed.language === 'python' ? createPythonHost(parsed, options) : createInlineHost(parsed, options)
}
