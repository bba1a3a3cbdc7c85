/** Tables of plain numbers in a memory of their own, written without an engine: for tests of commits. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createMemory } from '../../../../src/core/memory.ts'
import { type DataType, INTEGER } from '../../../../src/core/types.ts'
import type { Batch } from '../../../../src/core/vector.ts'
import type { ReadContext } from '../../../../src/format/format.ts'
import { createStorageAccess } from '../../../../src/storage/storage-access.ts'
import type { StorageAccess } from '../../../../src/storage/storage-access.ts'
import { loadMetadata } from '../../../../src/table/iceberg/iceberg-table.ts'
import { readManifest, readManifestList } from '../../../../src/table/iceberg/manifest.ts'
import type { TableMetadata } from '../../../../src/table/iceberg/metadata.ts'
import { type StagedTable, commitSteps, parseStagedTable } from '../../../../src/table/iceberg/write/commit.ts'
import { newTableMetadata } from '../../../../src/table/iceberg/write/new-table.ts'
import { createKernels } from '../../../../src/kernel/kernels.ts'

const DATA = 16 << 20

export function createContext(): ReadContext {
  const memory = createMemory(32 << 20)
  return { memory, kernels: createKernels(memory) }
}

/** A batch of one column `n` with these values, in memory that the next call uses again. */
export function numbersBatch({ memory }: ReadContext, values: readonly number[], type: DataType = INTEGER): Batch {
  memory.i32.set(values, DATA >>> 2)
  const column = {
    encoding: 'flat',
    type,
    length: values.length,
    data: DATA,
    validity: 0,
    children: [],
  } as const
  return {
    columns: [column],
    rowCount: values.length,
    release: () => undefined,
  } as unknown as Batch
}

/** The metadata of a new table of one column `n`. */
export function stagedNumbers(location: string, properties: ReadonlyMap<string, string> = new Map()): StagedTable {
  const columns = { fields: [{ name: 'n', type: INTEGER, nullable: true }] }
  return newTableMetadata({ location, columns, partitionBy: [], properties })
}

export async function createNumbers(
  url: string,
  access: StorageAccess = createStorageAccess(),
  properties: ReadonlyMap<string, string> = new Map(),
): Promise<TableMetadata> {
  const staged = stagedNumbers(url, properties)
  await commitSteps({ access, url, name: 'numbers' }, { metadata: parseStagedTable(staged), staged }, [])
  return currentMetadata(url, access)
}

export async function currentMetadata(
  url: string,
  access: StorageAccess = createStorageAccess(),
): Promise<TableMetadata> {
  return (await loadMetadata(access, url))!.metadata
}

/** Files in a table's folder that none of its snapshots refers to. */
export async function orphansOf(url: string): Promise<string[]> {
  const access = createStorageAccess()
  const known = new Set<string>()
  const loaded = await loadMetadata(access, url)
  for (const snapshot of loaded?.metadata.snapshots ?? []) {
    known.add(snapshot.manifestList!)
    for await (const manifest of readManifestList(access, snapshot)) {
      known.add(manifest.path)
      for await (const entries of readManifest(access, manifest, new Set())) {
        for (const { file } of entries) known.add(file.path)
      }
    }
  }
  return filesUnder(url).filter((file) => !known.has(file) && !/(v\d+\.metadata\.json|version-hint\.text)$/.test(file))
}

export function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
