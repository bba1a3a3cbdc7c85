/** Opens data files from the disk and reads them whole. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Arena } from '../../../src/core/arena.ts'
import { DataError } from '../../../src/core/errors.ts'
import { type EngineMemory, createMemory } from '../../../src/core/memory.ts'
import type { BoundFile, DataFile, FileField, FileFormat, TargetField } from '../../../src/format/format.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { type Kernels, createKernels } from '../../../src/kernel/kernels.ts'
import type { SyncFile } from '../../../src/storage/storage.ts'
import { type Json, vectorJson } from '../vector-json.ts'

export interface TestEngine {
  readonly memory: EngineMemory
  readonly kernels: Kernels
}

export function createTestEngine(limitBytes: number = 512 << 20): TestEngine {
  const memory = createMemory(limitBytes)
  return { memory, kernels: createKernels(memory) }
}

/** A file that counts what is read of it. */
export interface CountingFile extends SyncFile {
  readonly counts: { bytes: number; reads: number }
}

export function openFile(path: string): CountingFile {
  const descriptor = openSync(path, 'r')
  const { size, mtimeMs } = fstatSync(descriptor)
  const counts = { bytes: 0, reads: 0 }
  return {
    url: path,
    byteCount: size,
    modifiedMs: mtimeMs,
    counts,
    readSync(into, start) {
      counts.bytes += into.length
      counts.reads++
      for (let done = 0; done < into.length;) {
        const count = readSync(descriptor, into, done, into.length - done, start + done)
        if (count === 0) throw new DataError('XX001', `${path}: the file ends before ${start + into.length}`)
        done += count
      }
    },
    close: () => closeSync(descriptor),
  }
}

/** A file in memory. */
export function bytesFile(bytes: Uint8Array, url: string): SyncFile {
  return {
    url,
    byteCount: bytes.length,
    modifiedMs: 0,
    readSync(into, start) {
      if (start < 0 || start + into.length > bytes.length) throw new DataError('XX001', `${url}: the file is too short`)
      into.set(bytes.subarray(start, start + into.length))
    },
    close() {},
  }
}

/** Asks for a file's column as it is. */
export function targetOf(field: FileField): TargetField {
  const { name, type, id, children } = field
  return {
    names: [name],
    type,
    children: children.map(targetOf),
    ...(id === undefined ? {} : { id }),
  }
}

/** The rows of every column, read in batches of `batchRows`. */
export function readColumns(
  { memory }: TestEngine,
  file: DataFile,
  bound: BoundFile,
  { columnCount, batchRows = 8192 }: { columnCount: number; batchRows?: number },
): Json[][] {
  const columns: Json[][] = Array.from({ length: columnCount }, () => [])
  for (const [i, { rowCount }] of file.rowGroups.entries()) {
    const arena = new Arena(memory, 'test')
    const reader = bound.openRowGroup(i)
    try {
      for (let start = 0; start < rowCount; start += batchRows) {
        arena.reset()
        const end = Math.min(rowCount, start + batchRows)
        for (const [c, column] of columns.entries()) {
          const vector = reader.read(c, start, end, null, arena)
          for (const value of vectorJson(memory, vector)) column.push(value)
        }
      }
    } finally {
      reader.close()
      arena.free()
    }
  }
  return columns
}

/** Every column of a file as JSON values, in the file's order. */
export function readWhole(
  engine: TestEngine,
  file: SyncFile,
  batchRows?: number,
  format: FileFormat = parquetFormat,
): { fields: readonly FileField[]; columns: Json[][] } {
  const data = format.open(file, engine)
  const { fields } = data
  const bound = data.bind(fields.map(targetOf))
  const options = { columnCount: fields.length, ...(batchRows === undefined ? {} : { batchRows }) }
  return { fields, columns: readColumns(engine, data, bound, options) }
}
