/**
 * Values as bytes that only equal values share: keys for what compares bytes but no nested values.
 *
 *   fixed width   its bytes, little-endian        list, map   count (u32) | a byte an element: 1 = not NULL | elements (NULLs: zeroes, or nothing)
 *   text, bytea   length (u32) | bytes            struct      a byte a field: 1 = not NULL | fields
 *
 * Floats are compared by their bits: -0 is not 0.
 */
import { type DataType, type Storage, storageOf, widthOf } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../../core/value.ts'

/** The key of a value that is not NULL. */
export function valueKey(value: LiteralValue, type: DataType): Uint8Array {
  const writer = new KeyWriter()
  writer.value(value, type)
  return writer.finish()
}

/** Whether elements of the type have keys of one width. */
export function isFixedWidth(storage: Storage): boolean {
  return storage !== 'bytes' && storage !== 'list' && storage !== 'struct'
}

class KeyWriter {
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  value(value: LiteralValue, type: DataType): void {
    const storage = storageOf(type)
    if (isFixedWidth(storage)) {
      this.#fixed(value, storage)
      return
    }
    switch (type.kind) {
      case 'list':
        this.#list(value as readonly LiteralValue[], type.element.type)
        return
      case 'map': {
        const pair: DataType = { kind: 'struct', fields: [type.key, type.value] }
        this.#list(value as readonly LiteralValue[], pair)
        return
      }
      case 'struct': {
        const values = value as readonly LiteralValue[]
        this.#flags(type.fields.map((_, i) => values[i] ?? null))
        type.fields.forEach((field, i) => {
          if ((values[i] ?? null) !== null) this.value(values[i]!, field.type)
        })
        return
      }
      default: {
        const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Uint8Array)
        this.#unsigned(bytes.length)
        const at = this.#grow(bytes.length)
        this.#bytes.set(bytes, at)
      }
    }
  }

  #list(values: readonly LiteralValue[], type: DataType): void {
    this.#unsigned(values.length)
    this.#flags(values)
    const storage = storageOf(type)
    for (const value of values) {
      if (value !== null) this.value(value, type)
      else if (isFixedWidth(storage)) this.#grow(widthOf(storage))
    }
  }

  #flags(values: readonly LiteralValue[]): void {
    const at = this.#grow(values.length)
    values.forEach((value, i) => {
      this.#bytes[at + i] = value === null ? 0 : 1
    })
  }

  #unsigned(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  #fixed(value: LiteralValue, storage: Storage): void {
    const at = this.#grow(widthOf(storage))
    const view = this.#view
    switch (storage) {
      case 'i8':
        view.setUint8(at, value === true ? 1 : 0)
        return
      case 'i32':
        view.setInt32(at, value as number, true)
        return
      case 'i64':
        view.setBigInt64(at, value as bigint, true)
        return
      case 'i128':
        view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true)
        view.setBigInt64(at + 8, (value as bigint) >> 64n, true)
        return
      case 'f32':
        view.setFloat32(at, value as number, true)
        return
      case 'f64':
        view.setFloat64(at, value as number, true)
        return
      case 'interval': {
        const { months, days, micros } = value as IntervalValue
        view.setInt32(at, months, true)
        view.setInt32(at + 4, days, true)
        view.setBigInt64(at + 8, micros, true)
        return
      }
      default:
        this.#bytes.set(value as Uint8Array, at)
    }
  }

  /** Room for some zeroed bytes; where they begin. */
  #grow(byteCount: number): number {
    const at = this.#length
    this.#length += byteCount
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      bytes.set(this.#bytes)
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer)
    }
    return at
  }
}
