/**
 * Text for a person's terminal. What an application prints, a client names or a file is called may hold what a terminal
 * obeys: escape sequences that move the cursor, set the title or the clipboard (ECMA-48, xterm's OSC 52), C1 controls that
 * stand for such sequences, characters that turn the direction of what follows (Unicode TR9). They are shown instead.
 */

/** All controls but tab and newline, surrogates without their other half, what ends lines elsewhere or turns the direction. */
const OBEYED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** As Python writes them: `\x1b`, `\u202e`. */
const escaped = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The text with everything that a terminal would obey written out; lines and tabs stay. */
export const visible = (text: string): string => text.replaceAll('\r\n', '\n').replace(OBEYED, escaped)
