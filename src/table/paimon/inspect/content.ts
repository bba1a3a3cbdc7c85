/** What metadata tables are made from. */
import { liveFiles, manifestsOf } from '../live-files.ts'
import type { ManifestEntry } from '../manifest.ts'
import { type Partition, PartitionReader, namingOf } from '../partition.ts'
import { partitionFields } from '../pruning.ts'
import type { PaimonContext } from '../context.ts'

export interface LiveFile {
  readonly entry: ManifestEntry
  readonly partition: Partition
}

/** All files of the version that is read. */
export async function allFiles(context: PaimonContext): Promise<LiveFile[]> {
  const { access, root, snapshot, schema, options } = context
  if (snapshot === undefined) return []
  const reader = new PartitionReader(partitionFields(schema), namingOf(options))
  const files: LiveFile[] = []
  const manifests = await manifestsOf(access, root, snapshot)
  const everything = { manifestMightMatch: () => true, groupMightMatch: () => true }
  for await (const entry of liveFiles(access, root, manifests, everything)) {
    files.push({ entry, partition: reader.read(entry.partition, root) })
  }
  return files
}

/** `[a, b]`, as Java prints arrays. */
export function arrayText(texts: readonly string[]): string {
  return `[${texts.join(', ')}]`
}
