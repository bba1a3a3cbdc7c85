/**
 * What does reading a Parquet column cost, without anything done with it? Prints nanoseconds a row, and gigabytes a second of
 * the values before compression; minimum and median of several runs, page cache warm.
 *
 * Run: npx tsx bench/main.ts decode <file> [column,column...] [runs]
 */
import { Arena } from '../src/core/arena.ts'
import { createMemory } from '../src/core/memory.ts'
import { typeName } from '../src/core/types.ts'
import { BATCH_ROWS_MAX } from '../src/core/vector.ts'
import type { BoundFile, DataFile, FileField, TargetField } from '../src/format/format.ts'
import { ParquetDataFile } from '../src/format/parquet/data-file.ts'
import { readFooter } from '../src/format/parquet/footer.ts'
import { createKernels } from '../src/kernel/kernels.ts'
import { fileStorage } from '../src/storage/file-storage.ts'
import { median, minimum, printTable } from './samples.ts'

const memory = createMemory(2 ** 30)
const arena = new Arena(memory, 'a benchmark')

export async function main(args: readonly string[]): Promise<void> {
  const [path, names, runs = '7'] = args
  if (path === undefined) throw new Error('which file?')
  const source = fileStorage.openSync(path)
  const file = new ParquetDataFile(source, { memory, kernels: createKernels(memory) }, readFooter(source))
  const wanted = names === undefined || names === '*' ? undefined : names.split(',')
  const rows: string[][] = []
  for (const [index, field] of file.fields.entries()) {
    if (wanted !== undefined && !wanted.includes(field.name)) continue
    const bound = file.bind([targetOf(field)])
    const times: number[] = []
    const encodings = new Set<string>()
    for (let run = 0; run < Number(runs); run++) {
      const start = performance.now()
      readColumn(file, bound, encodings)
      times.push(performance.now() - start)
    }
    const bytes = uncompressedBytes(file, index)
    const perRow = (ms: number): string => ((ms * 1e6) / file.rowCount).toFixed(2)
    const rate = (ms: number): string => (bytes / ms / 1e6).toFixed(2)
    const best = minimum(times)
    const middle = median(times)
    rows.push([
      field.name,
      typeName(field.type),
      [...encodings].join('+'),
      best.toFixed(2),
      middle.toFixed(2),
      perRow(best),
      perRow(middle),
      rate(best),
      rate(middle),
    ])
  }
  printTable(
    ['column', 'type', 'vectors', 'min ms', 'med ms', 'min ns/row', 'med ns/row', 'max GB/s', 'med GB/s'],
    rows,
  )
  source.close()
}

function readColumn(file: DataFile, bound: BoundFile, encodings: Set<string>): void {
  for (const [group, { rowCount }] of file.rowGroups.entries()) {
    const reader = bound.openRowGroup(group)
    reader.prefetch([0], [{ start: 0, end: rowCount }])
    for (let start = 0; start < rowCount; start += BATCH_ROWS_MAX) {
      arena.reset()
      encodings.add(reader.read(0, start, Math.min(rowCount, start + BATCH_ROWS_MAX), null, arena).encoding)
    }
    reader.close()
  }
}

/** Bytes of the pages of top-level column `index` before compression. */
function uncompressedBytes(file: ParquetDataFile, index: number): number {
  const { firstLeaf, endLeaf } = file.footer.schema.children[index]!
  let bytes = 0
  for (const group of file.rowGroups.keys()) {
    for (let leaf = firstLeaf; leaf < endLeaf; leaf++) bytes += file.chunk(group, leaf).uncompressedByteCount
  }
  return bytes
}

function targetOf({ name, type, id, children }: FileField): TargetField {
  return {
    names: [name],
    type,
    children: children.map(targetOf),
    ...(id === undefined ? {} : { id }),
  }
}
