/** What metadata tables are made from. */
import type { DataType } from '../../../core/types.ts'
import { type ManifestEntry, type ManifestFile, readManifest, readManifestList } from '../manifest.ts'
import type { TableMetadata } from '../metadata.ts'
import type { ScanContext } from '../scan.ts'
import type { Column } from '../../metadata-content.ts'

export interface MetadataTableContext extends ScanContext {
  readonly metadata: TableMetadata
  /** Where the metadata came from. */
  readonly metadataFile: string
  /** Display name of the table. */
  readonly name: string
}

/** A struct with a nullable field a column. */
export function structOf(columns: readonly Column[]): DataType {
  return { kind: 'struct', fields: columns.map(([name, type]) => ({ name, type, nullable: true })) }
}

/** The manifests of the version that is read. */
export async function manifestsOf({ access, snapshot }: MetadataTableContext): Promise<ManifestFile[]> {
  const list: ManifestFile[] = []
  if (snapshot !== undefined) for await (const manifest of readManifestList(access, snapshot)) list.push(manifest)
  return list
}

/** The manifests of all snapshots that are kept, each once. */
export async function allManifestsOf({ access, metadata }: MetadataTableContext): Promise<ManifestFile[]> {
  const byPath = new Map<string, ManifestFile>()
  for (const snapshot of metadata.snapshots) {
    for await (const manifest of readManifestList(access, snapshot)) {
      if (!byPath.has(manifest.path)) byPath.set(manifest.path, manifest)
    }
  }
  return [...byPath.values()]
}

/** Which manifests a table is about: those of the version that is read, or of all snapshots. */
export type ManifestsOf = (context: MetadataTableContext) => Promise<readonly ManifestFile[]>

/** All entries of the manifests, deleted ones too, with statistics. */
export async function* entriesOf(
  context: MetadataTableContext,
  manifests: ManifestsOf = manifestsOf,
): AsyncGenerator<ManifestEntry> {
  for (const manifest of await manifests(context)) {
    for await (const block of readManifest(context.access, manifest, 'all')) yield* block
  }
}
