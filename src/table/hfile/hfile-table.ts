/**
 * HFiles as a table of cells: one file, or all below a folder (regions and families of an HBase table, an export, a snapshot's files).
 *
 * `t` has every cell as it was written, `t$view` the newest visible one of each row and column.
 */
import { DataError, ResourceError } from '../../core/errors.ts'
import type { Schema } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { CellCursor } from '../../format/hfile/cell-cursor.ts'
import { CELL_FIELDS, hfileReaderOf } from '../../format/hfile/data-file.ts'
import { TRAILER_BYTES_MAX, isHFileEnd } from '../../format/hfile/trailer.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { FileStat, Storage } from '../../storage/storage.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { targetByName } from '../files/target-by-name.ts'
import { createMemoryTable } from '../memory/memory-table.ts'
import type { ColumnSource, Pushdown, ScanTask, Table, TableStatistics } from '../table.ts'
import { VisibleCells, compareCells } from './visible-cells.ts'

interface ListedHFile extends FileStat {
  readonly url: string
}

/** Names of region folders; every other folder of a table is a family. */
const REGION = /^[0-9a-f]{32}$/
const FILES_MAX = 100_000
/** Files looked at for the sign of an HFile before a folder is taken for something else. */
const PROBES_MAX = 4
/** Bytes of cells that `t$view` holds at most. */
const VIEW_BYTES_MAX = 512 << 20

/** Whether the first files below a folder are HFiles: their names say nothing. */
export async function hasHFiles(storage: Storage, url: string): Promise<boolean> {
  let probes = 0
  for await (const file of listFiles(storage, url)) {
    if (await isHFile(storage, file)) return true
    if (++probes >= PROBES_MAX) return false
  }
  return false
}

async function isHFile(storage: Storage, { url, byteCount }: ListedHFile): Promise<boolean> {
  return isHFileEnd(await storage.read(url, Math.max(0, byteCount - TRAILER_BYTES_MAX), byteCount))
}

/** The HFile at `path`, or those below the folder `path`. 58P01 when there are none. */
export async function openHFileTable(
  path: string,
  { name, access }: { readonly name: string; readonly access: StorageAccess },
): Promise<Table> {
  const storage = access.storageFor(path)
  const files: ListedHFile[] = []
  for await (const file of listFiles(storage, path)) {
    if (await isHFile(storage, file)) files.push(file)
    if (files.length > FILES_MAX) throw new ResourceError('54000', `more than ${FILES_MAX} HFiles in "${path}"`)
  }
  if (files.length === 0) {
    const stat = await storage.stat(path)
    if (stat.byteCount === 0) throw new DataError('58P01', `no HFiles in "${path}"`)
    files.push({ url: path, ...stat })
  }
  files.sort((a, b) => (a.url < b.url ? -1 : 1))
  return new HFileTable(name, files, access)
}

type Level = 'table' | 'region' | 'family'

/** The files of a table's folder: in it, in its families, in the families of its regions. */
async function* listFiles(storage: Storage, url: string, level: Level = 'table'): AsyncGenerator<ListedHFile> {
  for await (const { name, isDirectory, byteCount, modifiedMs } of storage.listWithStats(url)) {
    if (name.startsWith('.') || name.startsWith('_') || name === 'recovered.edits') continue
    const inner = joinLocation(url, name)
    if (!isDirectory) yield { url: inner, byteCount, modifiedMs }
    else if (level !== 'family') {
      yield* listFiles(storage, inner, level === 'table' && REGION.test(name) ? 'region' : 'family')
    }
  }
}

class HFileTable implements Table {
  readonly name: string
  readonly format = 'hfile'
  readonly schema: Schema = { fields: CELL_FIELDS.map(({ name, type }) => ({ name, type, nullable: false })) }
  readonly hiddenColumns: Table['hiddenColumns'] = []
  readonly #files: readonly ListedHFile[]
  readonly #access: StorageAccess

  constructor(name: string, files: readonly ListedHFile[], access: StorageAccess) {
    this.name = name
    this.#files = files
    this.#access = access
  }

  async *scan({ columns, predicate }: Pushdown): AsyncGenerator<ScanTask> {
    const sources = columns.map(({ name, type }): ColumnSource => ({ kind: 'file', field: targetByName(name, type) }))
    for (const { url, byteCount } of this.#files) {
      yield { file: { url, format: 'hfile', byteCount }, columns: sources, deletes: [], residual: predicate }
    }
  }

  async statistics(): Promise<TableStatistics> {
    const byteCount = this.#files.reduce((sum, file) => sum + file.byteCount, 0)
    const rowCount = this.#files.reduce((sum, { url }) => sum + this.#withFile(url, (reader) => reader.entryCount), 0)
    return { rowCount, exact: true, byteCount, fileCount: this.#files.length, columns: new Map() }
  }

  metadataTables(): readonly string[] {
    return ['view']
  }

  async metadataTable(): Promise<Table> {
    const fields = this.schema.fields.filter(({ name }) => name !== 'type')
    const columns: LiteralValue[][] = fields.map(() => [])
    const visible = new VisibleCells()
    let byteCount = 0
    for (const cell of mergedCells(this.#files, this.#access)) {
      if (!visible.isVisible(cell)) continue
      cellValues(cell).forEach((value, i) => columns[i]!.push(value))
      byteCount += cell.keyLength + cell.valueLength + 200
      if (byteCount > VIEW_BYTES_MAX) {
        throw new ResourceError('54000', `the view of "${this.name}" is larger than ${VIEW_BYTES_MAX} bytes`, {
          hint: `Read the cells of "${this.name}" instead.`,
        })
      }
    }
    return createMemoryTable(`${this.name}$view`, { fields }, columns)
  }

  #withFile<T>(url: string, use: (reader: ReturnType<typeof hfileReaderOf>) => T): T {
    const file = this.#access.storageFor(url).openSync(url)
    try {
      return use(hfileReaderOf(file))
    } finally {
      file.close()
    }
  }
}

/** The cells of all files in HBase's order; each is there until the next is asked for. */
function* mergedCells(files: readonly ListedHFile[], access: StorageAccess): Generator<CellCursor> {
  const opened = files.map(({ url }) => access.storageFor(url).openSync(url))
  try {
    const streams = opened.map((file) => cellsOf(file))
    const heads = streams.map((stream) => stream.next())
    for (;;) {
      let first = -1
      heads.forEach((head, i) => {
        if (head.done === true) return
        const best = first < 0 ? undefined : heads[first]!
        if (best === undefined || compareCells(head.value, best.value as CellCursor) < 0) first = i
      })
      if (first < 0) return
      yield heads[first]!.value as CellCursor
      heads[first] = streams[first]!.next()
    }
  } finally {
    for (const file of opened) file.close()
  }
}

function* cellsOf(file: ReturnType<Storage['openSync']>): Generator<CellCursor> {
  for (const cursor of hfileReaderOf(file).blocks()) while (cursor.next()) yield cursor
}

/** Row, family, qualifier, ts, value. */
function cellValues(cell: CellCursor): LiteralValue[] {
  const { key, rowLength, familyLength, qualifierStart, qualifierLength, bytes, valueStart, valueLength } = cell
  const text = new TextDecoder()
  return [
    key.slice(2, 2 + rowLength),
    text.decode(key.subarray(3 + rowLength, 3 + rowLength + familyLength)),
    text.decode(key.subarray(qualifierStart, qualifierStart + qualifierLength)),
    cell.timestamp,
    bytes.slice(valueStart, valueStart + valueLength),
  ]
}
