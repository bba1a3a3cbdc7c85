/** Memory and kernels for the tests of this folder, and arrays put into that memory. */
import { Arena } from '../../../src/core/arena.ts'
import { type EngineMemory, createMemory } from '../../../src/core/memory.ts'
import type { VectorKernels } from '../../../src/kernel/generated/vector.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'

export const memory: EngineMemory = createMemory(64 << 20)
export const kernels: VectorKernels = createKernels(memory).vector
export const arena: Arena = new Arena(memory, 'test')

export function putBytes(values: readonly number[] | Uint8Array): number {
  const at = arena.allocate(values.length)
  memory.u8.set(values, at)
  return at
}

export function putI32(values: readonly number[]): number {
  const at = arena.allocate(values.length * 4)
  memory.i32.set(values, at >>> 2)
  return at
}

export function putI64(values: readonly bigint[]): number {
  const at = arena.allocate(values.length * 8)
  memory.i64.set(values, at >>> 3)
  return at
}

export function putI128(values: readonly bigint[]): number {
  const at = arena.allocate(values.length * 16)
  for (const [i, value] of values.entries()) {
    memory.i64[(at >>> 3) + 2 * i] = BigInt.asIntN(64, value)
    memory.i64[(at >>> 3) + 2 * i + 1] = BigInt.asIntN(64, value >> 64n)
  }
  return at
}

export function putF64(values: readonly number[]): number {
  const at = arena.allocate(values.length * 8)
  memory.f64.set(values, at >>> 3)
  return at
}

export function putF32(values: readonly number[]): number {
  const at = arena.allocate(values.length * 4)
  memory.f32.set(values, at >>> 2)
  return at
}

/** Views of byte strings; each has bytes of others around it. */
export function putViews(values: readonly Uint8Array[]): number {
  const at = arena.allocate(values.length * 8)
  for (const [i, bytes] of values.entries()) {
    const start = arena.allocate(bytes.length + 3) + (i % 3)
    memory.u8.fill(0x61, start - (i % 3), start + bytes.length + 40)
    memory.u8.set(bytes, start)
    memory.u32[(at >>> 2) + 2 * i] = start
    memory.u32[(at >>> 2) + 2 * i + 1] = bytes.length
  }
  return at
}

export const bytesAt = (at: number, n: number): number[] => [...memory.u8.subarray(at, at + n)]
export const i32At = (at: number, n: number): number[] => [...memory.i32.subarray(at >>> 2, (at >>> 2) + n)]
export const i64At = (at: number, n: number): bigint[] => [...memory.i64.subarray(at >>> 3, (at >>> 3) + n)]
export const i128At = (at: number, n: number): bigint[] =>
  Array.from({ length: n }, (_, i) => (memory.i64[(at >>> 3) + 2 * i + 1]! << 64n) | memory.u64[(at >>> 3) + 2 * i]!)
export const f64At = (at: number, n: number): number[] => [...memory.f64.subarray(at >>> 3, (at >>> 3) + n)]
