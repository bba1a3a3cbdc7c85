/**
 * Values on their way into a sandbox and back, as JSON. What JSON has not is tagged: `{"b": "123"}` a bigint, `{"n": "NaN"}` a number, `{"x": "0aff"}` bytes,
 * `{"j": "..."}` the text of a JSON value, `{"l": [...]}` a list, `{"o": {...}}` a struct, `{"m": [[k, v], ...]}` a map, `{"d": 0}` a Date.
 */
import { SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { type ApiValue, toApiValue } from '../api-value.ts'

/** Runs in the sandbox: takes the function, gives what runs it for a batch. The function cannot change what this has taken of the language. */
export const DRIVER = `(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { isArray, from } = Array
  const { keys, fromEntries, entries } = Object
  const big = BigInt, number = Number, text = String, Bytes = Uint8Array, M = Map, D = Date
  const hex = (bytes) => { let out = ''; for (const byte of bytes) out += (byte < 16 ? '0' : '') + byte.toString(16); return out }
  const decode = (v) => {
    if (typeof v !== 'object' || v === null) return v
    if ('b' in v) return big(v.b)
    if ('n' in v) return number(v.n)
    if ('j' in v) return parse(v.j)
    if ('x' in v) { const out = new Bytes(v.x.length / 2); for (let i = 0; i < out.length; i++) out[i] = number('0x' + v.x.substr(2 * i, 2)); return out }
    if ('l' in v) { const out = []; for (const item of v.l) out.push(decode(item)); return out }
    if ('m' in v) { const out = new M(); for (const pair of v.m) out.set(decode(pair[0]), decode(pair[1])); return out }
    const out = {}; for (const key of keys(v.o)) out[key] = decode(v.o[key]); return out
  }
  const encode = (v) => {
    switch (typeof v) {
      case 'undefined': return null
      case 'boolean': case 'string': return v
      case 'number': return v - v === 0 && !(v === 0 && 1 / v < 0) ? v : { n: v === 0 ? '-0' : text(v) }
      case 'bigint': return { b: text(v) }
      case 'object': break
      default: throw new TypeError('a ' + typeof v + ' is no value of SQL')
    }
    if (v === null) return null
    if (v instanceof D) return { d: v.getTime() }
    if (v instanceof Bytes) return { x: hex(v) }
    if (v instanceof M) { const out = []; for (const [key, item] of v) out.push([encode(key), encode(item)]); return { m: out } }
    if (typeof v.then === 'function') throw new TypeError('a promise is no value of SQL')
    if (isArray(v) || ArrayBuffer.isView(v)) { const out = []; for (const item of v) out.push(encode(item)); return { l: out } }
    const out = {}; for (const key of keys(v)) out[key] = encode(v[key]); return { o: out }
  }
  return (run) => (batch) => {
    const out = []
    for (const row of parse(batch)) {
      const values = []
      for (const value of row) values.push(decode(value))
      out.push(encode(run(...values)))
    }
    return stringify(out)
  }
})()`

/** A value for the driver's `decode`. */
export function toSandbox(value: LiteralValue, type: DataType): unknown {
  if (value === null) return null
  if ((type.kind === 'json' || type.kind === 'jsonb') && typeof value === 'string') return { j: value }
  return tagged(toApiValue(value, type))
}

function tagged(value: ApiValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return { b: value.toString() }
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value
    return { n: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (value instanceof Uint8Array) return { x: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return { l: (value as readonly ApiValue[]).map(tagged) }
  if (value instanceof Map)
    return { m: [...(value as Map<ApiValue, ApiValue>)].map(([k, v]) => [tagged(k), tagged(v)]) }
  return { o: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item as ApiValue)])) }
}

/** Levels of values within each other. */
const DEPTH_MAX = 100

/** What the driver's `encode` made, as a value of the API. The text came out of a sandbox: anything may stand in it. */
export function fromSandbox(value: unknown, depth: number = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEPTH_MAX) throw new SqlError('54001', 'a value is nested too deeply')
  const inner = (item: unknown): unknown => fromSandbox(item, depth + 1)
  const { b, n, x, d, l, m, o } = value as Readonly<Record<string, unknown>>
  if (typeof b === 'string' && /^-?\d{1,1000}$/.test(b)) return BigInt(b)
  if (typeof n === 'string') return Number(n)
  if (typeof x === 'string') return Uint8Array.from(Buffer.from(x, 'hex'))
  if (typeof d === 'number' || d === null) return new Date(d ?? Number.NaN)
  if (Array.isArray(l)) return l.map(inner)
  if (Array.isArray(m) && m.every((pair) => Array.isArray(pair))) {
    return new Map(m.map((pair: readonly unknown[]) => [inner(pair[0]), inner(pair[1])]))
  }
  if (typeof o === 'object' && o !== null) {
    return Object.fromEntries(Object.entries(o).map(([key, item]) => [key, inner(item)]))
  }
  throw new SqlError('38000', 'a function gave what is no value')
}
