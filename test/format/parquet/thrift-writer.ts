/** Writes Thrift's compact protocol: what tests build footers and page headers from. */

/** A value to write: numbers as `i32` or `i64` by the tag, nested structs and lists as they are. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly binary: Uint8Array | string }
  | { readonly list: readonly ThriftValue[] }
  | { readonly struct: ThriftStruct }

/** Fields by number. */
export type ThriftStruct = Readonly<Record<number, ThriftValue | undefined>>

/** The bytes of a struct. */
export function writeThrift(struct: ThriftStruct): Uint8Array {
  const bytes: number[] = []
  writeStruct(bytes, struct)
  return Uint8Array.from(bytes)
}

function writeStruct(bytes: number[], struct: ThriftStruct): void {
  let last = 0
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue
    const id = Number(key)
    if (id - last <= 15) bytes.push(((id - last) << 4) | typeOf(value))
    else {
      bytes.push(typeOf(value))
      writeVarint(bytes, zigzag(id))
    }
    last = id
    if (!('bool' in value)) writeValue(bytes, value)
  }
  bytes.push(0)
}

function typeOf(value: ThriftValue): number {
  if ('bool' in value) return value.bool ? 1 : 2
  if ('i32' in value) return 5
  if ('i64' in value) return 6
  if ('binary' in value) return 8
  return 'list' in value ? 9 : 12
}

function writeValue(bytes: number[], value: ThriftValue): void {
  if ('i32' in value) writeVarint(bytes, zigzag(value.i32))
  else if ('i64' in value) writeVarint(bytes, zigzag(value.i64))
  else if ('binary' in value) {
    const binary = Buffer.from(value.binary as string)
    writeVarint(bytes, binary.length)
    for (const byte of binary) bytes.push(byte)
  } else if ('struct' in value) writeStruct(bytes, value.struct)
  else if ('list' in value) {
    const type = value.list[0] === undefined ? 12 : typeOf(value.list[0])
    if (value.list.length < 15) bytes.push((value.list.length << 4) | type)
    else {
      bytes.push(0xf0 | type)
      writeVarint(bytes, value.list.length)
    }
    for (const element of value.list) {
      if ('bool' in element) bytes.push(element.bool ? 1 : 2)
      else writeValue(bytes, element)
    }
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
}
