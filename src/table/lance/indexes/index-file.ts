/**
 * A Lance file of an index, read by the planning thread: it is as small as what is asked of it.
 */
import { Arena } from '../../../core/arena.ts'
import { corrupt } from '../../../core/errors.ts'
import { type EngineMemory, freePagesOf, withOwner } from '../../../core/memory.ts'
import type { DataType } from '../../../core/types.ts'
import type { FlatVector, Vector } from '../../../core/vector.ts'
import { flattenVector } from '../../../expr/gather.ts'
import type { EvaluateContext, SessionValues } from '../../../expr/functions/function.ts'
import type { ReadContext, RowGroupReader, TargetField } from '../../../format/format.ts'
import { LanceDataFile } from '../../../format/lance/data-file.ts'
import { type LanceMetadata, readLanceMetadata } from '../../../format/lance/file-metadata.ts'
import { readRange } from '../../../format/lance/metadata-bytes.ts'
import type { SyncFile } from '../../../storage/storage.ts'
import { metadataReadContext } from '../../metadata-reader.ts'

/** Predicates that reach indexes have no function that looks at the session. */
const NO_SESSION: SessionValues = { nowMicros: 0n, timeZone: 'UTC' }

/** Rows of a column of bytes or numbers that are decoded at once. */
const ROWS_AT_ONCE = 16_384

/** Who owns the pages of a read, of which there is one at a time. */
const READS = 1

export class IndexFile {
  readonly url: string
  readonly metadata: LanceMetadata
  readonly file: SyncFile
  readonly #data: LanceDataFile
  readonly #context: ReadContext

  constructor(file: SyncFile) {
    this.url = file.url
    this.file = file
    const context = metadataReadContext()
    this.#context = { ...context, memory: withOwner(context.memory, READS) }
    this.metadata = readLanceMetadata(file)
    this.#data = new LanceDataFile(file, this.#context, this.metadata)
  }

  get rowCount(): number {
    return this.#data.rowCount
  }

  /** A number among the writer's notes; undefined when there is none. XX001 for anything else. */
  note(name: string): number | undefined {
    const text = this.metadata.notes.get(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < 0) throw corrupt(this.url, `${name} is "${text}"`)
    return value
  }

  /** A global buffer. XX001 when there is none. */
  globalBuffer(index: number): Uint8Array {
    const range = this.metadata.globalBuffers[index]
    if (range === undefined) throw corrupt(this.url, `there is no global buffer ${index}`)
    return readRange(this.file, range)
  }

  /**
   * Reads columns for rows [start, end), or some rows by their numbers (ascending), a few thousand at a time. Vectors live until `use` returns.
   *
   * @param columns Names and the types they are to have.
   */
  read(
    columns: readonly (readonly [name: string, type: DataType])[],
    rows: Float64Array | { readonly start: number; readonly end: number },
    use: (context: EvaluateContext, vectors: readonly FlatVector[], rowCount: number) => void,
  ): void {
    const bound = this.#data.bind(columns.map(([name, type]) => this.#target(name, type)))
    const arena = new Arena(this.#context.memory, 'an index of a Lance dataset')
    const context = { ...this.#context, arena, session: NO_SESSION }
    const readAll = (reader: RowGroupReader, from: number, to: number): void => {
      try {
        const vectors = columns.map((_, i): Vector => reader.read(i, from, to, null, arena))
        use(
          context,
          vectors.map((vector) => flattenVector(context, vector)),
          to - from,
        )
      } finally {
        reader.close()
        arena.reset()
      }
    }
    try {
      if (rows instanceof Float64Array) {
        if (bound.openRows === undefined) throw corrupt(this.url, 'lists among the columns of an index')
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          const some = rows.subarray(at, at + ROWS_AT_ONCE)
          readAll(bound.openRows(some), 0, some.length)
        }
        return
      }
      for (const [i, { firstRow, rowCount }] of this.#data.rowGroups.entries()) {
        const [from, to] = [Math.max(rows.start - firstRow, 0), Math.min(rows.end - firstRow, rowCount)]
        if (from < to) readAll(bound.openRowGroup(i), from, to)
      }
    } finally {
      arena.free()
      // Filters keep their constants.
      freePagesOf(this.#context.memory, READS)
    }
  }

  /** Row ids of rows [start, end), or of rows by their numbers. */
  readIds(column: string, rows: Float64Array | { readonly start: number; readonly end: number }): BigInt64Array {
    const parts: BigInt64Array[] = []
    this.read([[column, ROW_ID]], rows, ({ memory }, [ids], rowCount) => {
      parts.push(BigInt64Array.from({ length: rowCount }, (_, row) => idAt(memory, ids!, row)))
    })
    return joinIds(parts)
  }

  close(): void {
    this.file.close()
  }

  #target(name: string, type: DataType): TargetField {
    const field = this.#data.fields.find((candidate) => candidate.name === name)
    if (field === undefined) throw corrupt(this.url, `an index without a column "${name}"`)
    const id = field.id === undefined ? {} : { id: field.id }
    return {
      names: [name],
      type,
      children: field.children.map(({ name: n, type: t }) => ({ names: [n], type: t, children: [] })),
      ...id,
    }
  }
}

/** The type of row ids. */
export const ROW_ID: DataType = { kind: 'ubigint' }

/** A value of a column of row ids, which have 16 bytes in memory: ids are below 2^63. */
export function idAt({ i64 }: EngineMemory, { data }: FlatVector, row: number): bigint {
  return i64[(data >>> 3) + 2 * row]!
}

export function joinIds(parts: readonly BigInt64Array[]): BigInt64Array {
  if (parts.length === 1) return parts[0]!
  const all = new BigInt64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
