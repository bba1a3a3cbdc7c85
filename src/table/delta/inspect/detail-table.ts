/** `t$detail`: one row about the table, with the columns of Delta's DESCRIBE DETAIL. */
import { BIGINT, INTEGER, TIMESTAMPTZ, VARCHAR, listOf, mapOf } from '../../../core/types.ts'
import { type Protocol, objectOf } from '../actions.ts'
import { parseJson } from '../json-lines.ts'
import { CommitTimes, readCommitInfo } from '../commit-times.ts'
import { type MetadataTableContext, microsOfMs } from './content.ts'
import type { Content } from '../../metadata-content.ts'

/** What the versions before table features imply (PROTOCOL.md, "Writer Version Requirements"). */
const FEATURES_BY_WRITER: readonly (readonly [version: number, features: readonly string[]])[] = [
  [2, ['appendOnly', 'invariants']],
  [3, ['checkConstraints']],
  [4, ['changeDataFeed', 'generatedColumns']],
  [5, ['columnMapping']],
  [6, ['identityColumns']],
]

const WRITER_WITH_FEATURES = 7

export async function detail(context: MetadataTableContext): Promise<Content> {
  const { access, listing, snapshot, commitTime, tableUrl } = context
  const { metadata, protocol, version } = snapshot
  let [fileCount, byteCount] = [0n, 0n]
  for await (const files of snapshot.files({ withStatistics: false })) {
    fileCount += BigInt(files.length)
    for (const file of files) byteCount += BigInt(file.byteCount)
  }
  const commit = listing.commits.get(version)
  const info = commit === undefined ? undefined : await readCommitInfo(access, commit)
  const times = new CommitTimes({ access, listing, metadata, source: commitTime })
  return {
    columns: [
      ['format', VARCHAR],
      ['id', VARCHAR],
      ['name', VARCHAR],
      ['description', VARCHAR],
      ['location', VARCHAR],
      ['createdAt', TIMESTAMPTZ],
      ['lastModified', TIMESTAMPTZ],
      ['partitionColumns', listOf(VARCHAR)],
      ['clusteringColumns', listOf(VARCHAR)],
      ['numFiles', BIGINT],
      ['sizeInBytes', BIGINT],
      ['properties', mapOf(VARCHAR, VARCHAR)],
      ['minReaderVersion', INTEGER],
      ['minWriterVersion', INTEGER],
      ['tableFeatures', listOf(VARCHAR)],
    ],
    rows: [
      [
        'delta',
        metadata.id,
        metadata.name ?? context.name,
        metadata.description ?? null,
        tableUrl,
        microsOfMs(metadata.createdMs),
        microsOfMs(await times.timeOf(version, info)),
        metadata.partitionColumns,
        clusteringColumns(context),
        fileCount,
        byteCount,
        [...metadata.configuration].map(([key, value]) => [key, value]),
        protocol.minReaderVersion,
        protocol.minWriterVersion,
        featuresOf(protocol),
      ],
    ],
  }
}

function featuresOf({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol): string[] {
  const features = new Set([...readerFeatures, ...writerFeatures])
  if (minWriterVersion < WRITER_WITH_FEATURES) {
    for (const [version, names] of FEATURES_BY_WRITER) {
      if (version <= minWriterVersion) for (const name of names) features.add(name)
    }
    if (minReaderVersion === 2) features.add('columnMapping')
  }
  return [...features].toSorted()
}

/** The columns that files are clustered by, in the table's names (PROTOCOL.md, "Clustered Table"). */
function clusteringColumns({ snapshot, schema }: MetadataTableContext): readonly string[] {
  const text = snapshot.domains.get('delta.clustering')
  const columns =
    text === undefined ? undefined : objectOf(parseJson(text, 'domain "delta.clustering"'))?.['clusteringColumns']
  if (!Array.isArray(columns)) return []
  return (columns as readonly unknown[]).map((path) => {
    const names = (Array.isArray(path) ? path : [path]).map(String)
    let fields = schema.fields
    return names
      .map((name) => {
        const field = fields.find(({ physicalName }) => physicalName === name)
        fields = field?.children ?? []
        return field?.name ?? name
      })
      .join('.')
  })
}
