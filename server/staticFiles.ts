/** The files of the built page, each in the coding that the client prefers: the build has compressed them. */
import { readFile, realpath, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname, join, sep } from 'node:path'
import { CODINGS, type Coding, preferredCoding } from './acceptEncoding.ts'
import { type Answer, plain } from './answer.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}

/** Beside `name`, what the build has made of it lies as `name.br` and `name.gz`. */
const SUFFIX: Readonly<Record<Coding, string>> = { br: '.br', gzip: '.gz' }

export async function staticFile(path: string, request: IncomingMessage, folder: string): Promise<Answer> {
  const isCoded = Object.values(SUFFIX).some((suffix) => path.endsWith(suffix))
  const found = isCoded ? null : await within(folder, path)
  if (found === null) return plain(404, `there is no ${path}`)
  const coded = new Map<Coding, string>()
  for (const coding of CODINGS) {
    const file = await within(folder, path + SUFFIX[coding])
    if (file !== null) coded.set(coding, file)
  }
  const coding = preferredCoding(request.headers['accept-encoding']?.toString(), [...coded.keys()])
  const vary: Record<string, string> = coded.size === 0 ? {} : { Vary: 'Accept-Encoding' }
  if (coding === null) {
    const refusal = plain(406, `${path} comes as it is${[...coded.keys()].map((name) => ` or in ${name}`).join('')}`)
    return { ...refusal, headers: { ...refusal.headers, ...vary } }
  }
  const file = coding === 'identity' ? found : (coded.get(coding) ?? found)
  const { size, mtimeMs } = await stat(file)
  // RFC 9110 section 8.8.3.3: each coding is another representation, with a tag of its own.
  const suffix = coding === 'identity' ? '' : `-${coding}`
  const etag = `"${size.toString(16)}-${Math.round(mtimeMs).toString(16)}${suffix}"`
  const headers = {
    'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream',
    ETag: etag,
    // The build names what lies in assets/ after its content.
    'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...vary,
    ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }),
  }
  if (isKnown(request.headers['if-none-match'], etag)) return { status: 304, headers, body: '' }
  return { status: 200, headers, body: await readFile(file) }
}

/** If-None-Match (RFC 9110 section 13.1.2), compared weakly. */
function isKnown(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

/** The real path of a file in the folder, or null: nothing outside is ever opened, whatever `path` or a link says. */
async function within(folder: string, path: string): Promise<string | null> {
  try {
    const decoded = decodeURIComponent(path)
    if (/[\0\\]/.test(decoded)) return null
    const root = await realpath(folder)
    const found = await realpath(join(root, decoded))
    return found.startsWith(root + sep) && (await stat(found)).isFile() ? found : null
  } catch {
    // Not percent-encoding, or nothing there: both mean that there is no such file.
    return null
  }
}
