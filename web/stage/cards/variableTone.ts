/** The colour of a variable of a packet: that of the part of the client's request which it was made from. */
import type { Tone } from '../content/content.ts'

const TONES: Readonly<Record<string, Tone>> = {
  REQUEST_METHOD: 'method',
  PATH_INFO: 'path',
  REQUEST_URI: 'path',
  QUERY_STRING: 'query',
  SERVER_PROTOCOL: 'version',
  CONTENT_TYPE: 'header',
  CONTENT_LENGTH: 'header',
}

/** `plain`: the server in front has added it. */
export const variableTone = (name: string): Tone => TONES[name] ?? (name.startsWith('HTTP_') ? 'header' : 'plain')
