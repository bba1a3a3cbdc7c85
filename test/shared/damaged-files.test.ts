/** Damaged data files of every format: rows, or an error that blames the file; never an exception, an internal error, a hang or memory beyond the limit. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { avroFormat } from '../../src/format/avro/index.ts'
import type { FileFormat } from '../../src/format/format.ts'
import { hfileFormat } from '../../src/format/hfile/data-file.ts'
import { orcFormat } from '../../src/format/orc/index.ts'
import { parquetFormat } from '../../src/format/parquet/index.ts'
import { reportLine } from '../damage-report.ts'
import { type FileToDamage, damageFiles } from '../format/damaged-files.ts'
import { bytesFile, createTestEngine, readWhole } from '../format/parquet/read-file.ts'
import { TEXTS_TO_DAMAGE } from '../format/text-to-damage.ts'
import { mutationCount } from '../mutations.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const BYTES_MAX = 40_000
/** Values of a file: each case makes all of them. */
const VALUES_MAX = 20_000

const engine = createTestEngine(256 << 20)
/** Compares the checksums of pages, where there are some. */
const checking = { ...engine, checksPages: true }

const FORMATS: readonly (readonly [name: string, files: () => FileToDamage[]])[] = [
  ['parquet', () => filesOf('fixtures/parquet', /\.parquet$/, parquetFormat)],
  ['orc', () => filesOf('fixtures/orc', /\.orc$/, orcFormat)],
  [
    'avro',
    () => [
      ...filesOf('fixtures/public/avro', /\.avro$/, avroFormat),
      ...filesOf('fixtures/iceberg', /_avro\/data\/.*\.avro$/, avroFormat),
    ],
  ],
  ['hfile', () => filesOf('fixtures/hfile', /part-0$/, hfileFormat)],
  ['csv', () => TEXTS_TO_DAMAGE.csv(engine)],
  ['json', () => TEXTS_TO_DAMAGE.json(engine)],
]

describe.skipIf(!HAS_SHARED)('damaged files', () => {
  test.each(FORMATS)('%s', { timeout: 3_600_000 }, async (format, files) => {
    const uncounted = format === 'avro' ? 'fewer' : format === 'csv' || format === 'json' ? 'text' : 'no'
    const run = { format, engine, files: files(), uncounted } as const
    const report = await damageFiles({
      ...run,
      count: mutationCount(300),
      seed: Number(process.env['SLUICE_SEED'] ?? 1),
      keep: process.env['SLUICE_KEEP'],
    })
    console.log(reportLine(`${format}, ${run.files.length} files`, report))
    expect(report.faults).toEqual([])
  })
})

/** The small files below a folder that are whole. */
function filesOf(folder: string, pattern: RegExp, format: FileFormat): FileToDamage[] {
  const root = join(SHARED, folder)
  const files: FileToDamage[] = []
  for (const name of readdirSync(root, { recursive: true }).map(String).toSorted()) {
    const path = join(root, name)
    if (!pattern.test(path) || !statSync(path).isFile() || statSync(path).size > BYTES_MAX) continue
    const bytes = new Uint8Array(readFileSync(path))
    const read: FileToDamage['read'] = (content, url) => {
      const { fields, columns } = readWhole(checking, bytesFile(content, url), undefined, format)
      return { fields: JSON.parse(JSON.stringify(fields)), columns }
    }
    try {
      const { columns } = read(bytes, path)
      if (columns.reduce((sum, column) => sum + column.length, 0) > VALUES_MAX) continue
    } catch {
      // Broken on purpose, encrypted, or refused.
      continue
    }
    files.push({ name, bytes, read })
  }
  return files
}
