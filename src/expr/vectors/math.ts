/**
 * Functions of doubles over vectors. The functions that JavaScript has are taken from it, in loops of their own that it can compile: a kernel's would differ in
 * the last digit. Results that are not finite are left to the reference, which says what they mean.
 */
import { DOUBLE } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { ScalarFunction } from '../functions/function.ts'
import { type Reference, restByRow } from './rest.ts'
import { stepOf } from './text-cut.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** Writes `n` results to `out`, all of them places in f64. */
type UnaryLoop = (f64: Float64Array, a: number, n: number, out: number) => void
/** `p` and `q` are 0 where one value stands for all rows. */
type BinaryLoop = (f64: Float64Array, a: number, p: number, b: number, q: number, n: number, out: number) => void

const UNARY: Readonly<Record<string, UnaryLoop>> = {
  cbrt: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.cbrt(f64[a + i]!)
  },
  exp: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.exp(f64[a + i]!)
  },
  ln: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.log(f64[a + i]!)
  },
  log: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.log10(f64[a + i]!)
  },
  log2: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.log2(f64[a + i]!)
  },
  sin: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.sin(f64[a + i]!)
  },
  cos: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.cos(f64[a + i]!)
  },
  tan: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.tan(f64[a + i]!)
  },
  asin: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.asin(f64[a + i]!)
  },
  acos: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.acos(f64[a + i]!)
  },
  atan: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.atan(f64[a + i]!)
  },
  degrees: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = f64[a + i]! * (180 / Math.PI)
  },
  radians: (f64, a, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = f64[a + i]! * (Math.PI / 180)
  },
}

const BINARY: Readonly<Record<string, BinaryLoop>> = {
  power: (f64, a, p, b, q, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = f64[a + i * p]! ** f64[b + i * q]!
  },
  atan2: (f64, a, p, b, q, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = Math.atan2(f64[a + i * p]!, f64[b + i * q]!)
  },
  modulo: (f64, a, p, b, q, n, out) => {
    for (let i = 0; i < n; i++) f64[out + i] = f64[a + i * p]! % f64[b + i * q]!
  },
}

/** A power of 0 may be one that is too small for a double. */
const ODD_ZEROES: ReadonlySet<string> = new Set(['power'])

/** `evaluate` of a function of one or two doubles; undefined for those without a loop. */
export function doubleVectors(name: string, reference: Reference): Evaluate | undefined {
  const unary = Object.hasOwn(UNARY, name) ? UNARY[name] : undefined
  const binary = Object.hasOwn(BINARY, name) ? BINARY[name] : undefined
  if (unary === undefined && binary === undefined && name !== 'sqrt') return undefined
  return (context, args, rowCount, types, validity) => {
    if (types.args.some(({ kind }) => kind !== 'double')) return null
    const [a, b] = args
    // log(b, x) is another function.
    if ((b === undefined) !== (binary === undefined)) return null
    const { memory, arena, kernels } = context
    const data = arena.allocate(rowCount * 8)
    const out = data >>> 3
    if (b !== undefined) binary!(memory.f64, a!.data >>> 3, stepOf(a!), b.data >>> 3, stepOf(b), rowCount, out)
    else if (unary === undefined) kernels.scalar.unaryF64(SQRT, a!.data, rowCount, data)
    else unary(memory.f64, a!.data >>> 3, rowCount, out)
    const rows = arena.allocate(rowCount * 4)
    const count = kernels.scalar.oddResults(data, rowCount, validity, ODD_ZEROES.has(name) ? 1 : 0, rows)
    return restByRow(context, reference, args, types, doubles(data, rowCount, validity), { rows, count })
  }
}

const SQRT = 6

function doubles(data: number, length: number, validity: number): FlatVector {
  return { encoding: 'flat', type: DOUBLE, length, data, validity, children: [] }
}
