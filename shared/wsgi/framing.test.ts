import { describe, expect, test } from 'vitest'
import { decideFraming, type FramingFacts } from './framing.ts'

const plain: FramingFacts = { method: 'GET', http10: false, chunkable: true, status: 200, declared: null, known: null }

describe('how a body ends is decided in order', () => {
  test.each<[string, Partial<FramingFacts>, string]>([
    ['1. 1xx has none', { status: 101, declared: 3 }, 'none 0 adds null drops'],
    ['1. 204 has none', { status: 204, declared: 3, known: 5 }, 'none 0 adds null drops'],
    ['1. 205 has none, and says so', { status: 205, declared: 3, known: 5 }, 'none 0 adds content-length drops'],
    ['1. 205 has none, and says so', { status: 205, http10: true }, 'none 0 adds content-length drops'],
    ['1. 205 has none, and says so', { status: 205, declared: 0 }, 'none 0 adds null keeps'],
    ['2. 304 has none', { status: 304, declared: 3, known: 5 }, 'none 0 adds null keeps'],
    ['3. HEAD has none', { method: 'HEAD', known: 5 }, 'none 5 adds content-length keeps'],
    ['3. HEAD has none', { method: 'HEAD', declared: 5 }, 'none 5 adds null keeps'],
    ['3. HEAD has none', { method: 'HEAD' }, 'none 0 adds transfer-encoding keeps'],
    ['3. HEAD says nothing of nothing', { method: 'HEAD', known: 0 }, 'none 0 adds null keeps'],
    ['5. the application says', { declared: 3, known: 5 }, 'length 3 adds null keeps'],
    ['6. the gateway knows', { known: 5 }, 'length 5 adds content-length keeps'],
    ['6. the gateway knows', { known: 0, http10: true }, 'length 0 adds content-length keeps'],
    ['7. chunked', {}, 'chunked 0 adds transfer-encoding keeps'],
    ['8. close', { http10: true }, 'close 0 adds null keeps'],
    ['8. close', { chunkable: false }, 'close 0 adds null keeps'],
  ])('%s: %j', (_, facts, expected) => {
    const { body, length, adds, keepsDeclared } = decideFraming({ ...plain, ...facts })
    expect(`${body} ${length} adds ${adds} ${keepsDeclared ? 'keeps' : 'drops'}`).toBe(expected)
  })
})
