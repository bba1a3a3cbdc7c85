/** Delta tables made commit by commit in a folder: the log as JSON, data files by our own writer, deletion vectors byte by byte. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { JsonObject } from '../../src/core/exact-json.ts'
import { commitName, lines } from '../table/delta/make-table.ts'

export class DeltaMaker {
  readonly folder: string
  #version = 0

  constructor(folder: string) {
    this.folder = folder
  }

  async commit(...actions: readonly JsonObject[]): Promise<void> {
    const log = join(this.folder, '_delta_log')
    await mkdir(log, { recursive: true })
    await writeFile(join(log, commitName(this.#version++)), lines(actions))
  }
}

/**
 * A file with one deletion vector of these rows (below 65,536), and the descriptor's length.
 *
 * Spec: Delta PROTOCOL.md, "Deletion Vector Format"; RoaringFormatSpec, a container of an array.
 */
export function deletionVectorFile(rows: readonly number[]): {
  readonly bytes: Uint8Array
  readonly sizeInBytes: number
} {
  const bitmap = Buffer.alloc(4 + 4 + 4 + 4 + 2 * rows.length)
  bitmap.writeUInt32LE(12346, 0)
  bitmap.writeUInt32LE(1, 4)
  bitmap.writeUInt16LE(0, 8)
  bitmap.writeUInt16LE(rows.length - 1, 10)
  bitmap.writeUInt32LE(16, 12)
  rows.forEach((row, i) => bitmap.writeUInt16LE(row, 16 + 2 * i))
  const head = Buffer.alloc(4 + 8 + 4)
  head.writeUInt32LE(1681511377, 0)
  head.writeBigUInt64LE(1n, 4)
  const vector = Buffer.concat([head, bitmap])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(vector.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(vector))
  return { bytes: Buffer.concat([Uint8Array.of(1), size, vector, checksum]), sizeInBytes: vector.length }
}
