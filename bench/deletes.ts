/**
 * How long do 500 equality delete files take, where each is of another age? An Iceberg table of 500 upserts: each adds rows and deletes older ones.
 *
 *   npm run bench -- deletes [--upserts 500]
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadArrow } from '../src/core/arrow.ts'
import type { AvroObject } from '../src/format/avro/decoder.ts'
import { createParquetWriter } from '../src/format/parquet/write/parquet-writer.ts'
import { type WrittenManifest, writeIcebergMetadata } from './planning/iceberg-metadata.ts'
import { median, minimum, printTable } from './samples.ts'

const ROWS_AT_FIRST = 500_000
const ROWS_AN_UPSERT = 1000
const DELETES_AN_UPSERT = 200
const RUNS = 5

/** What the query may take. */
const LIMIT_MS = 5000

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { upserts: { type: 'string', default: '500' } } })
  const folder = mkdtempSync(join(tmpdir(), 'deletes-'))
  try {
    const left = await writeTable(join(folder, 't'), Number(values.upserts))
    const { startEngine } = (await import('../dist/src/engine/engine.js' as string)) as {
      startEngine: typeof import('../src/engine/engine.ts').startEngine
    }
    const rows: string[][] = []
    for (const sql of ['SELECT count(*), sum(id) FROM t', 'SELECT count(*) FROM t WHERE id < 1000']) {
      const engine = await startEngine({ dataDirectory: folder, settings: { memory_limit: '1GB', threads: 2 } })
      const session = engine.createSession()
      const samples: number[] = []
      const cpuSamples: number[] = []
      for (let run = 0; run < RUNS; run++) {
        const started = performance.now()
        const before = process.cpuUsage()
        const result = await session.query(sql)
        let first: readonly unknown[] | undefined
        for await (const chunk of result.chunks()) first ??= chunk[0]
        samples.push(performance.now() - started)
        const { user, system } = process.cpuUsage(before)
        cpuSamples.push((user + system) / 1000)
        if (!sql.includes('WHERE') && Number(first![0]) !== left)
          throw new Error(`${String(first![0])} rows, not ${left}`)
      }
      await engine.close()
      const times = [samples[0]!, minimum(samples), median(samples), minimum(cpuSamples), median(cpuSamples)]
      const holds = minimum(samples) <= LIMIT_MS ? 'yes' : 'NO'
      rows.push([sql, ...times.map((ms) => ms.toFixed(0)), String(LIMIT_MS), holds])
    }
    printTable([`${values.upserts} upserts`, 'first ms', 'min', 'median', 'CPU min', 'median', 'limit', 'holds'], rows)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Writes the table; how many rows are left in it. */
async function writeTable(folder: string, upserts: number): Promise<number> {
  mkdirSync(join(folder, 'data'), { recursive: true })
  const manifests: WrittenManifest[] = []
  const deleted = new Set<number>()
  let rowCount = 0
  const addRows = async (count: number, sequence: bigint): Promise<void> => {
    const ids = Array.from({ length: count }, (_, i) => BigInt(rowCount + i))
    const file = await writeIds(join(folder, 'data', `d${sequence}.parquet`), ids)
    manifests.push({ files: [{ ...file, content: 0 }], sequence, content: 'data', summaries: [] })
    rowCount += count
  }
  await addRows(ROWS_AT_FIRST, 1n)
  for (let upsert = 0; upsert < upserts; upsert++) {
    const sequence = BigInt(upsert + 2)
    // A multiplier without a common factor spreads the ids over all older rows.
    const ids = Array.from(
      { length: DELETES_AN_UPSERT },
      (_, i) => ((upsert * DELETES_AN_UPSERT + i) * 7919) % rowCount,
    )
    for (const id of ids) deleted.add(id)
    const file = await writeIds(join(folder, 'data', `e${sequence}.parquet`), ids.map(BigInt))
    manifests.push({
      files: [{ ...file, content: 2, equality_ids: [1n] }],
      sequence,
      content: 'deletes',
      summaries: [],
    })
    await addRows(ROWS_AN_UPSERT, sequence)
  }
  writeIcebergMetadata(folder, {
    fields: [{ id: 1, name: 'id', required: false, type: 'long' }],
    partitionFields: [],
    partition: [],
    manifests,
  })
  return rowCount - deleted.size
}

async function writeIds(path: string, ids: readonly bigint[]): Promise<AvroObject> {
  const arrow = await loadArrow()
  const field = new arrow.Field('id', new arrow.Int64(), true, new Map([['PARQUET:field_id', '1']]))
  const values = arrow.makeData({ type: new arrow.Int64(), data: BigInt64Array.from(ids), length: ids.length })
  const struct = arrow.makeData({ type: new arrow.Struct([field]), length: ids.length, children: [values] })
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({ codec: 'snappy', write: async (bytes) => void parts.push(bytes.slice()) })
  await writer.write(new arrow.RecordBatch(new arrow.Schema([field]), struct))
  await writer.finish()
  writeFileSync(path, Buffer.concat(parts))
  return {
    file_path: path,
    file_format: 'PARQUET',
    partition: {},
    record_count: BigInt(ids.length),
    file_size_in_bytes: BigInt(statSync(path).size),
  }
}
