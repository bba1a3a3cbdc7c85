/** The generator is dbgen's, byte for byte, wherever its work is cut. In this thread, without files. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { clearChunk, createChunk } from '../../tpch/columns.ts'
import { TABLES } from '../../tpch/tables/index.ts'
import type { GeneratedTable } from '../../tpch/tables/table.ts'
import { type TextBuffer, formatRows } from '../../tpch/tbl.ts'
import { makeTextPool } from '../../tpch/text-pool.ts'

const SCALE = 0.01
const CHECKSUMS = fileURLToPath(new URL('../../tpch/answers/checksums.json', import.meta.url))
const CHUNK_UNITS = 1000

let pool: Uint8Array

beforeAll(() => {
  pool = makeTextPool()
})

/** Units [first, first + count) as dbgen's text. */
function textOf(table: GeneratedTable, first: number, count: number): Buffer {
  const generator = table.generator(SCALE, pool)
  const chunk = createChunk(table.columns, CHUNK_UNITS * 8)
  const out: TextBuffer = { bytes: new Uint8Array(1 << 16), length: 0 }
  generator.skipTo(first)
  for (let unit = 0; unit < count;) {
    clearChunk(chunk)
    for (const end = Math.min(count, unit + CHUNK_UNITS); unit < end; unit++) generator.next(chunk)
    formatRows(chunk, out)
  }
  return Buffer.from(out.bytes.subarray(0, out.length))
}

describe('tables at scale 0.01', () => {
  const checksums = JSON.parse(readFileSync(CHECKSUMS, 'utf8')) as Record<string, Record<string, { sha256: string }>>
  for (const table of TABLES) {
    test(table.name, () => {
      const units = table.unitCount(SCALE)
      const whole = textOf(table, 0, units)
      expect(createHash('sha256').update(whole).digest('hex')).toBe(checksums[SCALE]![table.name]!.sha256)
      // Made in parts of odd sizes, each from where the streams are skipped to.
      const parts: Buffer[] = []
      for (let first = 0, size = 1; first < units; first += size, size = size * 3 + 1) {
        size = Math.min(size, units - first)
        parts.push(textOf(table, first, size))
      }
      expect(Buffer.concat(parts).equals(whole)).toBe(true)
    })
  }
})
