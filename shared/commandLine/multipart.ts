/** multipart/form-data (RFC 7578), as curl's -F sends it. */
import { BAD_COMMAND, ClientError, NO_FILE } from './clientError.ts'

/** A field of a form, native strings. */
interface Field {
  name: string
  value: string
  type: string | null
  filename: string | null
}

/** `name=value`, `name=value;type=text/html;filename=a.html`. `literal`: everything behind the equals sign is the value. */
export function fieldOf(option: string, text: string, literal: boolean): Field {
  const [, name, rest = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new ClientError(BAD_COMMAND, `${option} ${text}: a field is name=value`)
  if (literal) return { name, value: rest, type: null, filename: null }
  if (/^[@<]/.test(rest)) {
    const file = rest.slice(1).split(';', 1)[0] ?? ''
    throw new ClientError(
      NO_FILE,
      `${option} ${text}: there are no files here; give the text itself, for example ${name}='…;filename=${file}'`,
    )
  }
  const quoted = /^"((?:[^"\\]|\\.)*)"(.*)$/s.exec(rest)
  const [plain = '', ...attributes] = (quoted === null ? rest : (quoted[2] ?? '')).split(/;(?=(?:type|filename)=)/)
  const attribute = (key: string): string | null =>
    attributes
      .find((one) => one.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .replace(/^"(.*)"$/, '$1') ?? null
  const value = quoted === null ? plain : (quoted[1] ?? '').replace(/\\(["\\])/g, '$1')
  return { name, value, type: attribute('type'), filename: attribute('filename') }
}

/** What curl guesses a file to be by its name, where it is not said. */
const TYPES: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  htm: 'text/html',
  html: 'text/html',
  pdf: 'application/pdf',
  xml: 'application/xml',
}

const typeOf = (filename: string): string =>
  TYPES[filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream'

/** In a parameter of Content-Disposition, as browsers and curl write it (WHATWG "multipart form data"). */
const escaped = (text: string): string => text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')

/** @param boundary in none of the values. */
export function multipart(fields: readonly Field[], boundary: string): string {
  const parts = fields.map(({ name, value, type, filename }) => {
    const file = filename === null ? '' : `; filename="${escaped(filename)}"`
    const ofType = type ?? (filename === null ? null : typeOf(filename))
    const lines = [
      `--${boundary}`,
      `Content-Disposition: form-data; name="${escaped(name)}"${file}`,
      ...(ofType === null ? [] : [`Content-Type: ${ofType.replace(/[\r\n]/g, '')}`]),
    ]
    return `${lines.join('\r\n')}\r\n\r\n${value}\r\n`
  })
  return `${parts.join('')}--${boundary}--\r\n`
}
