/** Writes Hudi log files for tests, block by block. */

/** A block: its type's number, its header by key, its content. */
export interface MadeBlock {
  readonly type: number
  readonly header: Readonly<Record<number, string>>
  readonly content: Uint8Array
}

export const BLOCK_TYPES = { command: 0, delete: 1, avro: 3, hfile: 4 } as const

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

export function logFile(blocks: readonly MadeBlock[]): Uint8Array {
  const parts = blocks.map(({ type, header, content }) => {
    const entries = Object.entries(header)
    const body = Buffer.concat([
      int(1),
      int(type),
      int(entries.length),
      ...entries.flatMap(([key, text]) => [int(Number(key)), int(Buffer.byteLength(text)), Buffer.from(text)]),
      long(content.length),
      content,
      int(0),
    ])
    const size = body.length + 8
    return Buffer.concat([Buffer.from('#HUDI#'), long(size), body, long(size + 6)])
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** The content of a block of records, each Avro's bytes. */
export function recordsContent(records: readonly Uint8Array[]): Uint8Array {
  const parts = records.flatMap((record) => [int(record.length), record])
  return new Uint8Array(Buffer.concat([int(3), int(records.length), ...parts]))
}

/** The content of a delete block: keys, with an ordering value of type long where given. */
export function deletesContent(deletes: readonly { readonly key: string; readonly order?: number }[]): Uint8Array {
  const rows = deletes.flatMap(({ key, order }) => [
    ...varint(1),
    ...text(key),
    ...varint(1),
    ...text('p'),
    ...(order === undefined ? [...varint(2), ...varint(0)] : [...varint(3), ...varint(order)]),
  ])
  const list = Buffer.from([...varint(deletes.length), ...rows, 0])
  return new Uint8Array(Buffer.concat([int(3), int(list.length), list]))
}

/** Avro's zig-zag varint. */
export function varint(value: number): number[] {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80)
    left >>= 7n
  }
  return [...bytes, Number(left)]
}

export function text(value: string): number[] {
  const bytes = Buffer.from(value)
  return [...varint(bytes.length), ...bytes]
}
