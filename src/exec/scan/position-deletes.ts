/**
 * Position delete files: rows (file_path, pos). A file may name many data files, so it is read once a thread and query, and kept by path.
 *
 * Spec: Iceberg table spec, "Position Delete Files".
 */
import { toSafeNumber } from '../../core/int64.ts'
import { BIGINT, VARCHAR } from '../../core/types.ts'
import { isNullAt, readText } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import { corrupt } from '../../core/errors.ts'
import type { TargetField } from '../../format/format.ts'
import type { FileRef } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { flatten } from '../rows/vectors.ts'
import { readDeleteFile } from './delete-file.ts'
import { isAscending } from './merge-ascending.ts'

/** Reserved field ids of the spec. */
const TARGETS: readonly TargetField[] = [
  { id: 2_147_483_546, names: ['file_path'], type: VARCHAR, children: [] },
  { id: 2_147_483_545, names: ['pos'], type: BIGINT, children: [] },
]

/** By data file: deleted rows, ascending. */
type PositionsByFile = ReadonlyMap<string, Float64Array>

/** What this thread has read for a query, by delete file. */
const known = new WeakMap<QueryContext, Map<string, PositionsByFile>>()
const NONE = new Float64Array(0)

/** Rows of `dataFile` that the delete file names, ascending. */
export function positionsIn(context: QueryContext, file: FileRef, dataFile: string): Float64Array {
  let files = known.get(context)
  if (files === undefined) {
    files = new Map()
    known.set(context, files)
  }
  let positions = files.get(file.url)
  if (positions === undefined) {
    positions = readPositions(context, file)
    files.set(file.url, positions)
  }
  return positions.get(dataFile) ?? NONE
}

function readPositions(context: QueryContext, file: FileRef): PositionsByFile {
  const { memory } = context
  const lists = new Map<string, number[]>()
  readDeleteFile(context, file, TARGETS, ([paths, positions], rowCount) => {
    const path = pathReader(context, paths!)
    const { data } = flatten(context, positions!)
    let last: string | null = null
    let list: number[] = []
    for (let row = 0; row < rowCount; row++) {
      if (isNullAt(memory, paths!, row) || isNullAt(memory, positions!, row)) {
        throw corrupt(file.url, 'a row of a position delete file is NULL')
      }
      const name = path(row)
      if (name !== last) {
        list = lists.get(name) ?? []
        lists.set(name, list)
        last = name
      }
      list.push(toSafeNumber(memory.i64[(data >>> 3) + row]!, `position in "${file.url}"`))
    }
  })
  return new Map([...lists].map(([path, list]) => [path, sorted(Float64Array.from(list))]))
}

/** Most writers sort them, as the specification says. */
function sorted(positions: Float64Array): Float64Array {
  return isAscending(positions) ? positions : positions.sort()
}

/** Text of a row; a dictionary's entry is decoded once, and a run of equal strings too. */
function pathReader(context: QueryContext, vector: Vector): (row: number) => string {
  const { memory } = context
  const { u32, i32 } = memory
  if (vector.encoding === 'dictionary') {
    const { dictionary, data } = vector
    const texts: string[] = []
    return (row) => {
      const code = i32[(data >>> 2) + row]!
      return (texts[code] ??= textAt(dictionary, code))
    }
  }
  const flat = flatten(context, vector)
  let lastRow = -1
  let lastText = ''
  return (row) => {
    if (lastRow < 0 || !sameBytes(flat, row, lastRow)) lastText = textAt(flat, row)
    lastRow = row
    return lastText
  }

  function textAt({ data }: FlatVector, row: number): string {
    const at = (data >>> 2) + 2 * row
    return readText(memory, u32[at]!, u32[at + 1]!)
  }

  function sameBytes({ data }: FlatVector, a: number, b: number): boolean {
    const [atA, atB] = [(data >>> 2) + 2 * a, (data >>> 2) + 2 * b]
    const length = u32[atA + 1]!
    if (length !== u32[atB + 1]) return false
    const [startA, startB] = [u32[atA]!, u32[atB]!]
    // From the end: paths of one table differ there.
    for (let i = length - 1; i >= 0; i--) if (memory.u8[startA + i] !== memory.u8[startB + i]) return false
    return true
  }
}
