import { describe, expect, test } from 'vitest'
import { ThriftError, ThriftReader } from '../../../src/format/parquet/thrift.ts'
import { writeThrift } from './thrift-writer.ts'

describe('thrift compact protocol', () => {
  test('reads what was written, and passes over what it does not know', () => {
    const reader = new ThriftReader(
      writeThrift({
        1: { i32: -3 },
        2: { list: Array.from({ length: 20 }, (_, i) => ({ struct: { 1: { binary: `x${i}` } } })) },
        3: { bool: false },
        4: { i64: 2 ** 51 },
        40: { list: [{ bool: true }, { bool: false }] },
      }),
    )
    const seen: unknown[] = []
    reader.beginStruct()
    while (reader.nextField()) {
      if (reader.fieldId === 1 || reader.fieldId === 4) seen.push(reader.readInt())
      else if (reader.fieldId === 3) seen.push(reader.readBool())
      else reader.skipField()
    }
    expect(seen).toEqual([-3, false, 2 ** 51])
    expect(reader.position).toBe(reader.end)
  })

  const fails = (bytes: readonly number[]): ThriftError => {
    try {
      new ThriftReader(Uint8Array.from(bytes)).skipStruct()
    } catch (error) {
      if (error instanceof ThriftError) return error
      throw error
    }
    throw new Error('it was read')
  }

  test('missing bytes are told apart from nonsense', () => {
    expect(fails([0x15]).truncated).toBe(true)
    expect(fails([0x18, 100, 1]).truncated).toBe(true)
    expect(fails([0x1e]).truncated).toBe(false)
  })

  test('a list cannot claim more elements than there are bytes', () => {
    expect(fails([0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]).truncated).toBe(true)
  })

  test('recursion is bounded', () => {
    expect(fails(Array.from({ length: 5000 }, () => 0x1c)).message).toBe('nested too deep')
  })

  test('integers beyond 2^53 are an error, not a rounded number', () => {
    const reader = new ThriftReader(Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]))
    expect(() => reader.readInt()).toThrow('an integer is out of range')
  })
})
