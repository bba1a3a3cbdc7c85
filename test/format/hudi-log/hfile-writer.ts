/** Writes an HFile of one block without compression, checksums and index: as much as reading all its cells takes. */

/** Cells by row, in the order given. */
export function hfileOf(cells: readonly { readonly row: string; readonly value: Uint8Array }[]): Uint8Array {
  const body = Buffer.concat(
    cells.map(({ row, value }) => {
      const key = Buffer.concat([short(row.length), Buffer.from(row), Buffer.alloc(9), Buffer.from([4])])
      return Buffer.concat([int(key.length), int(value.length), key, value])
    }),
  )
  const data = block('DATABLK*', body)
  const info = block('FILEINF2', Buffer.from([...Buffer.from('PBUF'), 0]))
  const numbers = [
    [1, data.length],
    [2, data.length],
    [5, 1],
    [7, cells.length],
    [8, 1],
    [9, 0],
    [10, 0],
    [12, 2],
  ] as const
  const message = Buffer.from(numbers.flatMap(([field, value]) => [field << 3, ...varint(value)]))
  const trailer = Buffer.alloc(4096)
  Buffer.concat([Buffer.from('TRABLK"$'), Buffer.from(varint(message.length)), message]).copy(trailer)
  trailer[4095] = 3
  return new Uint8Array(Buffer.concat([data, info, trailer]))
}

function block(magic: string, body: Buffer): Buffer {
  const sizes = [int(body.length), int(body.length), int(-1), int(-1)]
  return Buffer.concat([Buffer.from(magic), ...sizes, Buffer.from([0]), int(0), int(body.length + 33), body])
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

/** Protobuf's. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}
