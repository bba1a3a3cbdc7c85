/**
 * Parquet checkpoints and sidecars: one row an action, a struct column for each kind of action.
 *
 *   row   add                                       metaData          protocol   sidecar
 *   0     NULL                                      {schemaString..}  NULL       NULL
 *   1     {path, partitionValues, size, stats, ..}  NULL              NULL       NULL
 *
 * Only the fields that are of use are decoded, and `stats_parsed` (statistics as columns) only for files without the JSON. What one batch of
 * rows takes is freed before the next.
 *
 * Spec: Delta PROTOCOL.md, "Checkpoints", "Checkpoint Schema".
 */
import { Arena } from '../../core/arena.ts'
import { SqlError } from '../../core/errors.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { DataType } from '../../core/types.ts'
import { BATCH_ROWS_MAX, type Selection, type Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ColumnRange, DataFile, FileField, TargetField } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import { type DeltaFile, type PlainObject, fileOf } from './actions.ts'
import { ColumnStatistics } from './column-statistics.ts'
import { PartitionRows } from './partition-rows.ts'
import { type RangedColumn, StatisticsRows } from './statistics-rows.ts'

/** Fields of `add` that are read as they are. */
const FILE_FIELDS: ReadonlySet<string> = new Set([
  'path',
  'partitionValues',
  'size',
  'modificationTime',
  'dataChange',
  'deletionVector',
  'baseRowId',
  'defaultRowCommitVersion',
])

/** Those that counting needs. */
const COUNTED_FIELDS: ReadonlySet<string> = new Set(['path', 'size', 'deletionVector'])

/** Rules out parts of a checkpoint by the partition values of the files in them. */
export interface CheckpointPruning {
  /** False only when no file can match; `rangeOf` gives what is known of a partition column by its physical name, in the type given with it. */
  mightMatch(rangeOf: (physicalName: string) => TypedRange | undefined): boolean
  /** False only when no file of the partition can match; values are texts by physical name. Undefined: any partition might. */
  readonly partitionMightMatch: ((partitionValues: Readonly<Record<string, string | null>>) => boolean) | undefined
  /** Columns whose values lie in a range, where a row matches; of use where statistics are read. */
  readonly ranges: readonly RangedColumn[]
  /** Told how many files were passed over. */
  skipped(fileCount: number, by: 'partition' | 'statistics'): void
}

export interface TypedRange {
  readonly range: ColumnRange
  readonly type: DataType
}

/** Rows of all actions, files among them. */
export function checkpointRowCount(access: StorageAccess, url: string): number {
  return withFile(access, url, ({ rowCount }) => rowCount)
}

/** The actions of the kinds given, as plain objects: `{metaData: {...}}`, one kind after the other. For kinds of few rows. */
export function readCheckpointActions(access: StorageAccess, url: string, kinds: readonly string[]): PlainObject[] {
  return withFile(access, url, (file) => {
    const actions: PlainObject[] = []
    for (const field of file.fields.filter(({ name }) => kinds.includes(name))) {
      const choosers = presenceOf(field)
      const choice = { isWanted: (group: number): boolean => groupMayHave(file, group, field), choosers }
      for (const [vector] of batchesOf(file, [targetOf(field)], { choice })) {
        forEachSet(vector!, (row) => actions.push({ [field.name]: plainAt(vector!, row, field) }))
      }
    }
    return actions
  })
}

/** Chooses the rows that are actions of a kind by one of its fields, so that the others are decoded for those rows alone. */
function presenceOf(kind: FileField): readonly RowChooser[] {
  const first = kind.children.find(({ children }) => children.length === 0)
  if (kind.type.kind !== 'struct' || first === undefined) return []
  const matching = (vector: Vector): readonly number[] => {
    const rows: number[] = []
    forEachSet(vector, (row) => rows.push(row))
    return rows
  }
  return [{ target: targetOf(part(kind, (child) => child === first)), matching }]
}

/**
 * False only when no row of the row group is an action of the kind: fields of it that have statistics are NULL in every row. Of an action that is
 * there, some are not.
 */
function groupMayHave(file: DataFile, group: number, kind: FileField): boolean {
  const { rowCount } = file.rowGroups[group]!
  const known = kind.children.flatMap(({ name, children }) => {
    const nullCount = children.length > 0 ? undefined : file.fieldStatistics?.(group, [kind.name, name])?.nullCount
    return nullCount === undefined ? [] : [nullCount]
  })
  return known.length === 0 || known.some((nullCount) => nullCount < rowCount)
}

export interface CheckpointFilesOptions {
  /** False: not even JSON statistics are read. */
  readonly withStatistics: boolean
  readonly pruning?: CheckpointPruning | undefined
  /** Actions of the first batch at most; those after it double. */
  readonly batchRows?: number | undefined
  /** Only what counts rows and bytes is wanted: partition values and times are left out. */
  readonly forCounts?: boolean | undefined
}

/** The files that the checkpoint adds, a batch at a time. */
export function* readCheckpointFiles(
  access: StorageAccess,
  url: string,
  { withStatistics, pruning, batchRows, forCounts }: CheckpointFilesOptions,
): Generator<readonly DeltaFile[]> {
  const file = openFile(access, url)
  try {
    const add = file.data.fields.find(({ name }) => name === 'add')
    if (add === undefined) return
    const fields = forCounts === true ? COUNTED_FIELDS : FILE_FIELDS
    const plain = part(add, (child) => fields.has(child.name) || (withStatistics && child.name === 'stats'))
    const columns = part(add, (child) => child.name === 'stats_parsed')
    const parsed = withStatistics && isReadable(file.data, columns) ? columns.children[0] : undefined
    const targets = [plain, ...(parsed === undefined ? [] : [columns])].map(targetOf)
    const choice = pruning && choiceOf(file.data, add, pruning, withStatistics)
    for (const batch of batchesOf(file.data, targets, { choice, batchRows })) {
      const [vector, statistics] = batch
      const files: DeltaFile[] = []
      forEachSet(vector!, (row) => {
        const found = fileOf(plainAt(vector!, row, plain), url)
        const values = found.stats === undefined && statistics !== undefined ? childAt(statistics, row) : null
        files.push(
          values === null || parsed === undefined
            ? found
            : { ...found, stats: new ColumnStatistics(parsed, values as readonly LiteralValue[]) },
        )
      })
      if (files.length > 0) yield files
    }
  } finally {
    file.close()
  }
}

export interface CheckpointTaking {
  /** Fields of `add` that `take` is given. */
  readonly fields: ReadonlySet<string>
  /** Looks at the rows of a batch, which are gone after it; numbers of those whose files are wanted as they are, ascending. What is in `arena` is freed too. */
  readonly take: (add: Vector, arena: Arena) => readonly number[]
}

/** The files that `take` leaves, batch by batch: one list for each call of it. */
export function* takeCheckpointFiles(
  access: StorageAccess,
  url: string,
  { fields, take }: CheckpointTaking,
): Generator<readonly DeltaFile[]> {
  const file = openFile(access, url)
  try {
    const add = file.data.fields.find(({ name }) => name === 'add')
    if (add === undefined) return
    const chooser: RowChooser = {
      target: targetOf(takenPart(add, fields)),
      matching: take,
    }
    const rest = part(add, (child) => COUNTED_FIELDS.has(child.name) || child.name === 'stats')
    const choice = { isWanted: () => true, choosers: [chooser], yieldsEmpty: true }
    for (const [vector] of batchesOf(file.data, [targetOf(rest)], { choice })) {
      const files: DeltaFile[] = []
      if (vector !== undefined) forEachSet(vector, (row) => files.push(fileOf(plainAt(vector, row, rest), url)))
      yield files
    }
  } finally {
    file.close()
  }
}

/** The fields given; of structs one of the fields, which says where they are. */
function takenPart(add: FileField, fields: ReadonlySet<string>): FileField {
  const chosen = part(add, (child) => fields.has(child.name))
  const children = chosen.children.map((child) => {
    const first = child.children.find(({ children: below }) => below.length === 0)
    return child.type.kind === 'struct' && first !== undefined ? part(child, (below) => below === first) : child
  })
  const types = children.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return { ...chosen, children, type: { kind: 'struct', fields: types } }
}

interface OpenFile {
  readonly data: DataFile
  close(): void
}

function openFile(access: StorageAccess, url: string): OpenFile {
  const file = access.storageFor(url).openSync(url)
  try {
    return { data: formatByName('parquet').open(file, metadataReadContext()), close: () => file.close() }
  } catch (error) {
    file.close()
    throw error
  }
}

function withFile<T>(access: StorageAccess, url: string, use: (file: DataFile) => T): T {
  const file = openFile(access, url)
  try {
    return use(file.data)
  } finally {
    file.close()
  }
}

/** Which rows are read. */
interface RowChoice {
  isWanted(rowGroup: number): boolean
  /** In the order in which they are asked, each about the rows that those before it left. */
  readonly choosers?: readonly RowChooser[]
  /** A batch of which no row is left comes as no vectors. */
  readonly yieldsEmpty?: boolean
}

interface RowChooser {
  /** Read first, for `matching`. */
  readonly target: TargetField
  /** Numbers of the rows wanted, ascending; undefined: all. */
  matching(vector: Vector, arena: Arena): readonly number[] | undefined
}

function choiceOf(file: DataFile, add: FileField, pruning: CheckpointPruning, withStatistics: boolean): RowChoice {
  const choosers: RowChooser[] = []
  const chooser = (
    name: string,
    by: 'partition' | 'statistics',
    matching: (vector: Vector, arena: Arena) => { rows: readonly number[]; fileCount: number } | undefined,
  ): void => {
    choosers.push({
      target: targetOf(part(add, (child) => child.name === name)),
      matching: (vector, arena) => {
        const found = matching(vector, arena)
        if (found !== undefined) pruning.skipped(found.fileCount - found.rows.length, by)
        return found?.rows
      },
    })
  }
  const typeOf = (name: string): string | undefined => add.children.find((child) => child.name === name)?.type.kind
  const { partitionMightMatch } = pruning
  if (partitionMightMatch !== undefined && typeOf('partitionValues') === 'map') {
    const rows = new PartitionRows(metadataReadContext().memory, partitionMightMatch)
    chooser('partitionValues', 'partition', (vector) => rows.matching(vector))
  }
  const rows = new StatisticsRows(withStatistics ? pruning.ranges : [])
  if (rows.isUseful && typeOf('stats') === 'varchar')
    chooser('stats', 'statistics', (vector, arena) => rows.matching(vector, arena))
  return { isWanted: (group) => groupMightMatch(file, group, add, pruning), choosers }
}

/** One vector a target, of all rows that are wanted in turn; they are gone when the next are asked for. */
function* batchesOf(
  file: DataFile,
  targets: readonly TargetField[],
  {
    choice,
    batchRows = BATCH_ROWS_MAX,
  }: { readonly choice?: RowChoice | undefined; readonly batchRows?: number | undefined },
): Generator<readonly Vector[]> {
  if (targets.length === 0) return
  const choosers = choice?.choosers ?? []
  const bound = file.bind([...targets, ...choosers.map(({ target }) => target)])
  const arena = new Arena(metadataReadContext().memory, 'reading a checkpoint')
  let size = batchRows
  try {
    for (const [group, { rowCount }] of file.rowGroups.entries()) {
      if (choice?.isWanted(group) === false) continue
      const reader = bound.openRowGroup(group)
      try {
        for (let start = 0, end = 0; start < rowCount; start = end) {
          end = Math.min(rowCount, start + size)
          size = Math.min(BATCH_ROWS_MAX, size * 2)
          const mark = arena.mark()
          const read = (column: number, rows: readonly number[] | undefined): Vector => {
            if (rows === undefined) return reader.read(column, start, end, null, arena)
            const [first, last] = [rows[0]!, rows.at(-1)!]
            return reader.read(column, start + first, start + last + 1, selectionOf(rows, first, arena), arena)
          }
          const rows = chosenRows(choosers, (chooser, left) => read(targets.length + chooser, left), arena)
          if (rows?.length !== 0) yield targets.map((_, column) => read(column, rows))
          else if (choice?.yieldsEmpty === true) yield []
          arena.release(mark)
        }
      } finally {
        reader.close()
      }
    }
  } finally {
    arena.free()
  }
}

/** Numbers of the rows that all choosers leave; undefined: all rows. */
function chosenRows(
  choosers: readonly RowChooser[],
  read: (chooser: number, rows: readonly number[] | undefined) => Vector,
  arena: Arena,
): readonly number[] | undefined {
  let rows: readonly number[] | undefined
  for (const [i, chooser] of choosers.entries()) {
    if (rows?.length === 0) break
    const found = chooser.matching(read(i, rows), arena)
    if (found === undefined) continue
    const before = rows
    rows = before === undefined ? found : found.map((row) => before[row]!)
  }
  return rows
}

/** Rows as a selection of those from number `first` on. */
function selectionOf(rows: readonly number[], first: number, arena: Arena): Selection {
  const pointer = arena.allocate(rows.length * 4)
  const { u32 } = metadataReadContext().memory
  rows.forEach((row, i) => (u32[(pointer >>> 2) + i] = row - first))
  return { pointer, count: rows.length }
}

/** False when a type in it cannot be read: statistics of such columns are done without. */
function isReadable(file: DataFile, field: FileField): boolean {
  try {
    file.bind([targetOf(field)])
    return true
  } catch (error) {
    if (error instanceof SqlError && error.sqlstate === '0A000') return false
    throw error
  }
}

/** By the row group's statistics of `add.partitionValues_parsed`. */
function groupMightMatch(file: DataFile, group: number, add: FileField, pruning: CheckpointPruning): boolean {
  const parsed = add.children.find(({ name }) => name === 'partitionValues_parsed')
  const paths = file.fieldStatistics?.(group, ['add', 'path'])
  if (parsed === undefined || paths?.nullCount === undefined) return true
  const matches = pruning.mightMatch((name) => {
    const type = parsed.children.find((child) => child.name === name)?.type
    const range = file.fieldStatistics?.(group, ['add', 'partitionValues_parsed', name])
    return type === undefined || range === undefined ? undefined : { type, range }
  })
  if (!matches) pruning.skipped(file.rowGroups[group]!.rowCount - paths.nullCount, 'partition')
  return matches
}

/** What a reader is asked for to get a field of the file as it is. */
function targetOf({ name, type, children }: FileField): TargetField {
  return { names: [name], type, children: children.map(targetOf) }
}

/** A struct with only the fields wanted. */
function part(field: FileField, isWanted: (child: FileField) => boolean): FileField {
  const children = field.children.filter(isWanted)
  const fields = children.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return { ...field, children, type: { kind: 'struct', fields } }
}

function forEachSet(vector: Vector, visit: (row: number) => void): void {
  const { memory } = metadataReadContext()
  if (vector.encoding === 'constant' || vector.validity === 0) {
    for (let row = 0; row < vector.length; row++) if (!isNullAt(memory, vector, row)) visit(row)
    return
  }
  // Most rows of a checkpoint are of another kind.
  const isSet = memory.u8.subarray(vector.validity, vector.validity + vector.length)
  for (let row = isSet.indexOf(1); row >= 0; row = isSet.indexOf(1, row + 1)) visit(row)
}

/** The first field of a struct. */
function childAt(vector: Vector, row: number): LiteralValue {
  const value = valueAt(metadataReadContext().memory, vector, row)
  return value === null ? null : (value as readonly LiteralValue[])[0]!
}

function plainAt(vector: Vector, row: number, field: FileField): PlainObject {
  return plainOf(valueAt(metadataReadContext().memory, vector, row), field) as PlainObject
}

/** Sets a property, whatever its name is. */
function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true })
}

/** Structs and maps of texts as objects, so that actions look as JSON gives them. */
function plainOf(value: LiteralValue, { type, children }: FileField): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'struct': {
      const object: Record<string, unknown> = {}
      const values = value as readonly LiteralValue[]
      for (let i = 0; i < children.length; i++) put(object, children[i]!.name, plainOf(values[i]!, children[i]!))
      return object
    }
    case 'map': {
      const object: Record<string, unknown> = {}
      for (const pair of value as readonly LiteralValue[]) {
        const [key, item] = pair as readonly LiteralValue[]
        if (typeof key === 'string') put(object, key, item ?? null)
      }
      return object
    }
    default:
      return value
  }
}
