/**
 * What crosses between the context of Pyodide and this realm: numbers, strings and bytes. Any other object of that context
 * may answer Node with code of its own, if only where Node words a complaint about it (`util.inspect.custom`), and would be
 * handed an object of this realm; so may a typed array that was given properties. Node sees views of this realm, on their
 * memory.
 */
const FAILED = -1
const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const getter = (name) => Object.getOwnPropertyDescriptor(typedArray, name).get
const [kindOf, bufferOf, offsetOf, lengthOf] = [Symbol.toStringTag, 'buffer', 'byteOffset', 'byteLength'].map(getter)
const { apply } = Reflect

/**
 * The function, without its exceptions and without objects among its results: one of this realm would be a way into it. It
 * cannot be constructed and has no `prototype`, as an arrow function.
 */
export const guarded = (act) => (a, b, c, d, e) => {
  try {
    return plain(act(own(a), own(b), own(c), own(d), own(e)))
  } catch {
    return FAILED
  }
}

const plain = (value) => (typeof value === 'number' || typeof value === 'string' ? value : undefined)

function own(value) {
  const type = typeof value
  if (type === 'number' || type === 'string' || value === undefined) return value
  const kind = apply(kindOf, value, [])
  // As anything else there is no buffer to be had of it, which throws.
  const buffer = apply(bufferOf, value, [])
  const [offset, length] = [apply(offsetOf, value, []), apply(lengthOf, value, [])]
  return kind === 'Float64Array' ? new Float64Array(buffer, offset, length / 8) : new Uint8Array(buffer, offset, length)
}
