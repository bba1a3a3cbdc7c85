/**
 * Damaged data files, read by their readers alone, as a query of all columns reads them: what comes of each.
 *
 *   file in memory  ->  mutation (test/mutations.ts)  ->  open, every row of every column  ->  rows, or an error that blames the file
 *
 * Other rows are told apart by what of them differs, which says what a reader could have known:
 *
 *   values    as many rows, of the same columns, other values in them. Where a format has no checksums no reader can see that
 *   columns   other names or types of columns
 *   fewer     the first of the rows: Avro does not say how many there are, so that a file cut between two blocks is whole
 *   rows      another number of rows: texts have no count to compare with either. Elsewhere it is a fault
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '../../src/core/errors.ts'
import { memoryUse } from '../../src/core/memory.ts'
import { type DamageReport, type Outcome, reportCases } from '../damage-report.ts'
import { mutate, seededBelow } from '../mutations.ts'
import type { TestEngine } from './parquet/read-file.ts'
import type { Json } from './vector-json.ts'

export interface FileToDamage {
  readonly name: string
  readonly bytes: Uint8Array
  /** Reads all of it. `url`: another one for each case, for caches know files by it. */
  readonly read: (bytes: Uint8Array, url: string) => RowsOfFile
}

export interface RowsOfFile {
  readonly fields: Json
  readonly columns: readonly (readonly Json[])[]
}

export interface FileDamageRun {
  readonly format: string
  readonly engine: TestEngine
  readonly files: readonly FileToDamage[]
  readonly count: number
  readonly seed: number
  /** Files say nowhere how many rows they have: the first of them alone are a file too; or (texts) any are. */
  readonly uncounted: 'no' | 'fewer' | 'text'
  /** A folder for what made other rows, to look at. */
  readonly keep?: string | undefined
}

/** That a file is damaged, not supported, or asks for more memory or room than there is; texts also hold what is no value of its type (22...). */
const ALLOWED = /^(?:XX001|0A000|53200|54000)$/
const ALLOWED_OF_TEXT = /^(?:XX001|0A000|53200|54000|22...)$/

/** Other numbers of rows that no reader can know. */
const ALLOWED_ROWS = { no: [], fewer: ['fewer'], text: ['fewer', 'rows'] } as const

export async function damageFiles(run: FileDamageRun): Promise<DamageReport> {
  const originals = run.files.map((file) => ({ ...file, rows: file.read(file.bytes, `${file.name}-whole`) }))
  const texts = originals.map(({ rows }) => JSON.stringify(rows.columns))
  const fields = originals.map(({ rows }) => JSON.stringify(rows.fields))
  let at = 0
  const runCase = (serial: number): Outcome => {
    const below = seededBelow(run.seed * 1_000_003 + serial)
    at = below(originals.length)
    const { name, bytes, read, rows } = originals[at]!
    const damaged = mutate(bytes, below)
    try {
      const now = read(damaged, `${name}-${run.seed}-${serial}`)
      if (JSON.stringify(now.columns) === texts[at] && JSON.stringify(now.fields) === fields[at])
        return { kind: 'same rows' }
      const what = whatDiffers(rows, now)
      keepCase(run.keep, { format: run.format, serial, name, before: bytes, after: damaged, rows, now, what })
      const kind = `other rows: ${what}`
      const allowed: readonly string[] = ALLOWED_ROWS[run.uncounted]
      const isFault = ['rows', 'fewer'].includes(what) && !allowed.includes(what)
      return isFault ? { kind, fault: 'another number of rows' } : { kind }
    } catch (error) {
      const state = error instanceof SluiceError ? error.sqlstate : ''
      if ((run.uncounted === 'text' ? ALLOWED_OF_TEXT : ALLOWED).test(state)) return { kind: state }
      return { kind: state === '' ? 'crash' : state, fault: `${String(error)}\n${(error as Error).stack}` }
    }
  }
  const limits = { caseMegabytesMax: 100, megabytesMax: 256 }
  const runAndCheck = (serial: number): Outcome => {
    const outcome = runCase(serial)
    const { usedBytes } = memoryUse(run.engine.memory)
    return usedBytes === 0 ? outcome : { kind: 'leak', fault: `${usedBytes} bytes of memory are still in use` }
  }
  return reportCases(
    { name: run.format, seed: run.seed, count: run.count, ...limits },
    runAndCheck,
    () => originals[at]!.name,
  )
}

function whatDiffers(before: RowsOfFile, now: RowsOfFile): 'rows' | 'fewer' | 'columns' | 'values' {
  if (JSON.stringify(now.fields) !== JSON.stringify(before.fields)) return 'columns'
  if (now.columns.every((column, i) => column.length === before.columns[i]!.length)) return 'values'
  const isBeginning = now.columns.every(
    (column, i) => JSON.stringify(column) === JSON.stringify(before.columns[i]!.slice(0, column.length)),
  )
  return isBeginning ? 'fewer' : 'rows'
}

interface Found {
  readonly format: string
  readonly serial: number
  readonly name: string
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly rows: RowsOfFile
  readonly now: RowsOfFile
  readonly what: string
}

function keepCase(folder: string | undefined, { before, after, ...info }: Found): void {
  if (folder === undefined) return
  const path = join(folder, `${info.format}-${info.serial}`)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'info.json'), JSON.stringify(info))
  writeFileSync(join(path, 'before'), before)
  writeFileSync(join(path, 'after'), after)
}
