/**
 * What data files' footers say, read on the planning thread and kept while the files stay as they are.
 */
import { InternalError, SluiceError } from '../../core/errors.ts'
import { type Field, typeName } from '../../core/types.ts'
import type { ColumnRange, DataFile, FileLayout, FormatName, ReadContext, TargetField } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import { type CachedFile, FileCache } from '../../storage/file-cache.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { RangeSum } from '../range-sum.ts'
import { fieldOfFile } from './merge-schemas.ts'
import { targetByName } from './target-by-name.ts'

/** A file of which facts are known. */
export interface FactsFile extends CachedFile {
  readonly format: FormatName
  /** What is read with it is not kept: others may not see it. */
  readonly layout?: FileLayout | undefined
}

export interface FileFacts {
  readonly rowCount: number
  readonly rowGroupCount: number
  readonly fields: readonly Field[]
}

/** Footers are decoded without the shared memory: planning must not need an engine that is running. */
const METADATA_ONLY: ReadContext = {
  get memory(): never {
    throw new InternalError('the footer of a file was read through the shared memory')
  },
  get kernels(): never {
    throw new InternalError('the footer of a file was read by a kernel')
  },
}

/** Files remembered: facts of a file take about as much memory as its columns' names. */
const FILES_KEPT_MAX = 20_000

const factsCache = new FileCache<FileFacts>(FILES_KEPT_MAX)
const rangesCache = new FileCache<readonly ColumnRange[]>(FILES_KEPT_MAX)

/** Rows and columns of a data file; XX001 when it is damaged. */
export function readFileFacts(access: StorageAccess, file: FactsFile): FileFacts {
  const storage = access.storageFor(file.url)
  let facts = file.layout === undefined ? factsCache.get(storage, file) : undefined
  if (facts === undefined) {
    facts = withFooter(access, file, ({ rowCount, rowGroups, fields }) => ({
      rowCount,
      rowGroupCount: rowGroups.length,
      fields: fields.map(fieldOfFile),
    }))
    if (file.layout === undefined) factsCache.set(storage, file, facts, { weight: 1 })
  }
  return facts
}

/** The range of each of `fields` in the file, in the fields' types. */
export function readFileRanges(
  access: StorageAccess,
  file: FactsFile,
  fields: readonly Field[],
): readonly ColumnRange[] {
  const storage = access.storageFor(file.url)
  const variant = fields.map(({ name, type }) => `${name} ${typeName(type)}`).join()
  let ranges = file.layout === undefined ? rangesCache.get(storage, file, variant) : undefined
  if (ranges === undefined) {
    const targets = fields.map(({ name, type }) => targetByName(name, type))
    ranges = withFooter(access, file, (footer) => rangesOf(footer, targets))
    if (file.layout === undefined) rangesCache.set(storage, file, ranges, { weight: 1, variant })
  }
  return ranges
}

function rangesOf(footer: DataFile, targets: readonly TargetField[]): readonly ColumnRange[] {
  return targets.map((target) => rangeOf(footer, target))
}

/** Nothing is known of a column that cannot be read: whoever reads it will be told. */
function rangeOf(footer: DataFile, target: TargetField): ColumnRange {
  const { type } = target
  try {
    const bound = footer.bind([target])
    const sum = new RangeSum(type)
    footer.rowGroups.forEach(({ rowCount }, group) => {
      sum.add(bound.statistics(group, 0), rowCount)
    })
    return sum.range()
  } catch (error) {
    if (error instanceof SluiceError && error.sqlstate === '0A000') return { exact: false, valueCount: footer.rowCount }
    throw error
  }
}

function withFooter<T>(
  access: StorageAccess,
  { url, format, layout }: Pick<FactsFile, 'url' | 'format' | 'layout'>,
  use: (file: DataFile) => T,
): T {
  const file = access.storageFor(url).openSync(url)
  try {
    return use(formatByName(format).open(file, METADATA_ONLY, layout))
  } finally {
    file.close()
  }
}
