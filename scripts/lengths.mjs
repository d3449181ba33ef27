/**
 * Files of more than 250 lines say why in their header, with the words "Longer than 250 lines"; functions have 80 lines at most,
 * in TypeScript and in Python. Tests, their data, and words in languages are not counted.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const MOST_LINES = 250
const MOST_OF_FUNCTION = 80
const REASON = /longer\W+than\W+250\W+lines/i
/** Where a file says what it is. */
const HEADER_LINES = 20

const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'shared', 'server', 'web'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
const counted = (file) =>
  /\.(tsx?|py)$/.test(file) &&
  !/\.test\.tsx?$|(^|\/)(testing|apps|fixtures|i18n)\//.test(file) &&
  existsSync(join(root, file))

/** A function ends at the first line that is indented no more than where it begins, and closes it. */
function functionsOf(lines, isPython) {
  const begins = isPython
    ? /^(\s*)(?:async )?def (\w+)/
    : /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\*? (\w+)|(?:(?:private|protected|public|static|override|readonly|async|get|set) )*(\*?#?\w+)\([^)]*$|(?:(?:private|protected|public|static|override|async|get|set) )*(\*?#?\w+)\(.*\{$|(?:const|let) (\w+) = (?:async )?(?:\(|function))/
  const found = []
  for (const [index, line] of lines.entries()) {
    const match = begins.exec(line)
    if (match === null || /^\s*(if|for|while|switch|return|catch)\b/.test(line)) continue
    const indent = match[1].length
    const name = match.slice(2).find((part) => part !== undefined)
    let end = index + 1
    if (isPython) {
      while (
        end < lines.length &&
        (lines[end].trim() === '' || /^\s*/.exec(lines[end])[0].length > indent || /^\s*\)/.test(lines[end]))
      )
        end++
      while (lines[end - 1]?.trim() === '') end--
    } else {
      // One that ends on its line, or is an expression, has no length worth counting.
      if (!/[({]$/.test(line.trimEnd())) continue
      const closing = new RegExp(`^\\s{${indent}}[})\\]]`)
      while (end < lines.length && !(closing.test(lines[end]) && !/[({]$/.test(lines[end].trimEnd()))) end++
      end++
    }
    found.push({ name, line: index + 1, length: end - index })
  }
  return found
}

const faults = []
for (const file of listed.split('\n').filter(counted)) {
  const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n')
  if (lines.length > MOST_LINES && !REASON.test(lines.slice(0, HEADER_LINES).join('\n'))) {
    faults.push(`${file}: ${lines.length} lines, and its header does not say why it is longer than ${MOST_LINES}`)
  }
  for (const { name, line, length } of functionsOf(lines, file.endsWith('.py'))) {
    if (length > MOST_OF_FUNCTION)
      faults.push(`${file}:${line}: ${name} has ${length} lines; ${MOST_OF_FUNCTION} are the most`)
  }
}
for (const fault of faults) console.log(fault)
if (faults.length === 0) console.log('no file and no function is too long')
process.exit(faults.length === 0 ? 0 : 1)
