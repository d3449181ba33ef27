import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnswerInPicture, HeldOutput, type Piece, type Shown } from './heldOutput.ts'

const PORTS = [1, 2, 3]

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('text' as const), byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('gate' as const), port: fc.constantFrom(...PORTS) }),
    fc.record({
      kind: fc.constant('moved' as const),
      port: fc.constantFrom(...PORTS),
      to: fc.constantFrom<AnswerInPicture>('before', 'after', 'unknown'),
      told: fc.boolean(),
    }),
  ),
  { maxLength: 40 },
)

test('law: nothing is lost or overtaken, nothing passes a gate before its answer, and nothing is held at the end', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (list, ends) => {
      const held = new HeldOutput()
      const answers = new Map<number, AnswerInPicture>(PORTS.map((port) => [port, 'before']))
      const answer = (port: number): AnswerInPicture => answers.get(port) ?? 'unknown'
      const given: Piece[] = []
      const shown: Shown[] = []
      const add = (piece: Piece) => {
        given.push(piece)
        held.add(piece)
      }
      const pass = (told: boolean) => {
        const passed = held.pass(answer, told)
        shown.push(...passed)
        const [next] = remaining(given, shown.length)
        // What is next waits behind a gate that is shut, or there is nothing.
        if (next !== undefined) expect(held.isEmpty).toBe(false)
      }
      for (const step of list) {
        if (step.kind === 'text') add({ kind: 'text', stream: 'out', bytes: new Uint8Array([step.byte]) })
        else if (step.kind === 'gate') add({ kind: 'gate', port: step.port })
        else answers.set(step.port, step.to)
        pass(step.kind === 'moved' && step.told)
      }
      if (ends) add({ kind: 'done' })
      for (const port of PORTS) answers.set(port, 'after')
      pass(false)
      expect(shown).toEqual(given.filter(({ kind }) => kind !== 'gate'))
      expect(held.isEmpty).toBe(true)
    }),
  )
})

const remaining = (given: readonly Piece[], shown: number): Piece[] =>
  given.filter(({ kind }) => kind !== 'gate').slice(shown)

test('law: a shut gate lets nothing through, whatever is told', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1 }), (tolds) => {
      const held = new HeldOutput()
      held.add({ kind: 'gate', port: 1 })
      held.add({ kind: 'done' })
      for (const told of tolds) expect(held.pass(() => 'before', told)).toEqual([])
      expect(held.pass(() => 'unknown', false)).toEqual([{ kind: 'done' }])
    }),
  )
})

test('once all was asked for, nothing more is held', () => {
  const held = new HeldOutput()
  held.add({ kind: 'gate', port: 1 })
  expect(held.passAll()).toEqual([])
  held.add({ kind: 'gate', port: 2 })
  held.add({ kind: 'done' })
  expect(held.pass(() => 'before', false)).toEqual([{ kind: 'done' }])
})
