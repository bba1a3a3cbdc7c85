/**
 * Which file slices a predicate leaves, by the metadata table: by keys (record index), by partitions' bounds, then by files' bounds.
 *
 * A merged row may have a column from any file of its slice, so a slice's bounds are those of all its files together. Of older versions of a
 * table only the bounds of files hold, for files do not change; of log files that older writers append to not even these.
 */
import type { DataType } from '../../../core/types.ts'
import { equatedValues } from '../../../expr/equated-values.ts'
import { type Expr, conjuncts, walkExpr } from '../../../expr/expr.ts'
import { mightMatch } from '../../../expr/prune.ts'
import type { ColumnRange } from '../../../format/format.ts'
import type { Pushdown } from '../../table.ts'
import type { FileSlice } from '../file-slices.ts'
import type { HudiSnapshot } from '../snapshot.ts'
import { type IndexedColumn, type RangesByName, readRanges, unionOf } from './column-ranges.ts'
import type { MetadataTable } from './metadata-table.ts'
import { readLocations } from './record-locations.ts'

const RECORD_KEY = '_hoodie_record_key'

/** Keys looked up at most: of more, most file groups have some. */
const KEYS_MAX = 1000
/** Partitions whose records are looked for one by one: of more, the records of all are read. */
const PARTITIONS_MAX = 100

export class IndexPruner {
  readonly #pushdown: Pushdown & { readonly predicate: Expr }
  readonly #files: RangesByName | undefined
  readonly #partitions: RangesByName | undefined
  readonly #groups: ReadonlySet<string> | undefined

  private constructor(
    pushdown: Pushdown & { readonly predicate: Expr },
    files: RangesByName | undefined,
    partitions: RangesByName | undefined,
    groups: ReadonlySet<string> | undefined,
  ) {
    this.#pushdown = pushdown
    this.#files = files
    this.#partitions = partitions
    this.#groups = groups
  }

  /** Reads what the predicate needs to tell the slices apart; undefined without a predicate that the indexes can say anything of. */
  static async open(
    snapshot: HudiSnapshot,
    metadata: () => Promise<MetadataTable | undefined>,
    { predicate, columns, ...rest }: Pushdown,
    slices: readonly FileSlice[],
  ): Promise<IndexPruner | undefined> {
    const { config, internal, until } = snapshot
    // With ids, a column of an older file may have another name.
    if (predicate === null || config.metadataPartitions.size < 2 || internal !== undefined) return undefined
    const index = await metadata()
    if (index === undefined) return undefined
    const isLatest = until === undefined
    const keys = isLatest ? keysOf(predicate, columns, config.plainKeyField) : undefined
    const groups = keys && (await readLocations(index, keys))
    const wanted = filteredColumns(predicate, columns)
    const all = new Set(slices.map(({ partition }) => partition))
    const paths = all.size > PARTITIONS_MAX ? undefined : [...all]
    // Of a merge-on-read table, what holds for a partition is what holds for all its files.
    const usesPartitions = isLatest && wanted.length > 0 && config.type === 'copy-on-write'
    const partitions = usesPartitions ? await readRanges(index, 'partition_stats', wanted, paths) : undefined
    const files = wanted.length > 0 ? await readRanges(index, 'column_stats', wanted, paths) : undefined
    if (groups === undefined && partitions === undefined && files === undefined) return undefined
    return new IndexPruner({ predicate, columns, ...rest }, files, partitions, groups)
  }

  mightMatch({ partition, fileId, base, logs }: FileSlice, logsAreAppendedTo: boolean): boolean {
    if (this.#groups?.has(`${partition}/${fileId}`) === false) return false
    const bounds = this.#partitions?.get(partition)
    if (bounds !== undefined && !this.#matches(({ name }) => bounds.get(name))) return false
    const ranges = this.#files
    if (ranges === undefined || (logsAreAppendedTo && logs.length > 0)) return true
    const files = [...(base === undefined ? [] : [base]), ...logs].map((file) => ranges.get(file.name))
    return this.#matches(({ name, type }) =>
      unionOf(
        files.map((file) => file?.get(name)),
        type,
      ),
    )
  }

  #matches(rangeOf: (column: IndexedColumn) => ColumnRange | undefined): boolean {
    const { predicate, columns } = this.#pushdown
    return mightMatch(predicate, (input) => rangeOf(columns[input]!))
  }
}

/** Columns of the predicate. */
function filteredColumns(predicate: Expr, columns: Pushdown['columns']): IndexedColumn[] {
  const inputs = new Set<number>()
  for (const node of walkExpr(predicate)) if (node.kind === 'input') inputs.add(node.index)
  return [...inputs].map((index) => columns[index]!)
}

/** Record keys that the rows wanted have: those of an equation or a list; undefined where any key will do. */
function keysOf(predicate: Expr, columns: Pushdown['columns'], keyField: string | undefined): string[] | undefined {
  for (const part of conjuncts(predicate)) {
    const [arg, values] = equatedValues(part)
    if (arg?.kind !== 'input' || values.length > KEYS_MAX) continue
    const { name, type } = columns[arg.index]!
    if (name !== RECORD_KEY && name !== keyField) continue
    const keys = values.map((value) => keyText(value, type))
    if (keys.every((key) => key !== undefined)) return keys
  }
  return undefined
}

/** As key generators write a value; undefined for values that they write otherwise. */
function keyText(value: Expr, { kind }: DataType): string | undefined {
  if (value.kind !== 'literal' || value.value === null || value.value === '') return undefined
  const isPlain = kind === 'varchar' || kind === 'integer' || kind === 'bigint'
  return isPlain && value.type.kind === kind ? String(value.value) : undefined
}
