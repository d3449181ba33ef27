/** What a terminal sends for the keys of a keyboard (ECMA-48, and the C0 codes that readline gives a meaning to). */
export type Key =
  | { kind: 'text'; text: string }
  | { kind: 'enter' | 'tab' | 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'wordLeft' | 'wordRight' }
  | { kind: 'backspace' | 'delete' | 'killLine' | 'killToEnd' | 'killWord' | 'clear' | 'interrupt' | 'endOfInput' }

const SEQUENCES: readonly (readonly [string, Key['kind']])[] = [
  ['\x1b[D', 'left'],
  ['\x1b[C', 'right'],
  ['\x1b[A', 'up'],
  ['\x1b[B', 'down'],
  ['\x1bOD', 'left'],
  ['\x1bOC', 'right'],
  ['\x1bOA', 'up'],
  ['\x1bOB', 'down'],
  ['\x1b[H', 'home'],
  ['\x1b[F', 'end'],
  ['\x1bOH', 'home'],
  ['\x1bOF', 'end'],
  ['\x1b[1~', 'home'],
  ['\x1b[4~', 'end'],
  ['\x1b[3~', 'delete'],
  ['\x1b[1;5D', 'wordLeft'],
  ['\x1b[1;5C', 'wordRight'],
  ['\x1b[1;3D', 'wordLeft'],
  ['\x1b[1;3C', 'wordRight'],
  ['\x1bb', 'wordLeft'],
  ['\x1bf', 'wordRight'],
  ['\r\n', 'enter'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x01', 'home'],
  ['\x02', 'left'],
  ['\x03', 'interrupt'],
  ['\x04', 'endOfInput'],
  ['\x05', 'end'],
  ['\x06', 'right'],
  ['\x0b', 'killToEnd'],
  ['\x0c', 'clear'],
  ['\x0e', 'down'],
  ['\x10', 'up'],
  ['\x15', 'killLine'],
  ['\x17', 'killWord'],
]

/** Anything else that begins with ESC: a key without a meaning here, or a bracket around pasted text. */
const AFTER_ESC = /^(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/su

/** @param data what the terminal emulator says was typed or pasted; pasted line ends are Enter keys. */
export function readKeys(data: string): Key[] {
  const keys: Key[] = []
  let rest = data
  while (rest !== '') {
    const known = SEQUENCES.find(([sequence]) => rest.startsWith(sequence))
    if (known !== undefined) {
      const [sequence, kind] = known
      keys.push(kind === 'text' ? { kind, text: sequence } : { kind })
      rest = rest.slice(sequence.length)
      continue
    }
    if (rest.startsWith('\x1b')) {
      rest = rest.slice(1).replace(AFTER_ESC, '')
      continue
    }
    let end = 0
    while (end < rest.length && rest.charCodeAt(end) >= 32 && rest.charCodeAt(end) !== 127) end++
    // A control code that means nothing here is passed over.
    if (end === 0) rest = rest.slice(1)
    else {
      keys.push({ kind: 'text', text: rest.slice(0, end) })
      rest = rest.slice(end)
    }
  }
  return keys
}
