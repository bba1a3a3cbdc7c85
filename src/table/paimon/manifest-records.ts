/**
 * Records of manifest files as plain objects by field name, whatever format the files have (`manifest.format`): Avro, ORC or Parquet.
 *
 * Fields are found by name: writers of different versions write more or fewer. Integers of 64 bits are bigints, bytes Uint8Arrays.
 */
import { corrupt } from '../../core/errors.ts'
import { type EngineMemory, createMemory } from '../../core/memory.ts'
import { Arena } from '../../core/arena.ts'
import type { DataType } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { LiteralValue } from '../../core/value.ts'
import { openAvroFile } from '../../format/avro/container.ts'
import type { FileField, FormatName, TargetField } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import { type Kernels, createKernels } from '../../kernel/kernels.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'

export interface ManifestRecord {
  readonly [field: string]: unknown
}

/** The records of a manifest file, a block at a time. XX001 for damaged files. */
export async function* readManifestRecords(
  access: StorageAccess,
  url: string,
): AsyncGenerator<readonly ManifestRecord[]> {
  const storage = access.storageFor(url)
  const { byteCount } = await storage.stat(url)
  const magic = new TextDecoder('latin1').decode(await storage.read(url, 0, Math.min(4, byteCount)))
  if (magic === 'Obj\u0001') {
    const file = await openAvroFile({ storage, url, byteCount })
    yield* file.blocks()
  } else if (magic.startsWith('ORC')) yield* readColumnar(access, url, 'orc')
  else if (magic === 'PAR1') yield* readColumnar(access, url, 'parquet')
  else throw corrupt(url, 'not a Paimon manifest: neither Avro nor ORC nor Parquet')
}

/** Columnar manifests are decoded in a small memory of this thread's own. */
const MEMORY_BYTES = 64 << 20
let own: { readonly memory: EngineMemory; readonly kernels: Kernels } | undefined

function* readColumnar(access: StorageAccess, url: string, format: FormatName): Generator<readonly ManifestRecord[]> {
  if (own === undefined) {
    const memory = createMemory(MEMORY_BYTES)
    own = { memory, kernels: createKernels(memory) }
  }
  const { memory } = own
  const arena = new Arena(memory, 'a manifest')
  const file = access.storageFor(url).openSync(url)
  try {
    const dataFile = formatByName(format).open(file, own)
    const { fields } = dataFile
    const bound = dataFile.bind(fields.map(targetOf))
    for (const [rowGroup, { rowCount }] of dataFile.rowGroups.entries()) {
      const reader = bound.openRowGroup(rowGroup)
      try {
        for (let start = 0; start < rowCount; start += BATCH_ROWS_MAX) {
          const end = Math.min(rowCount, start + BATCH_ROWS_MAX)
          arena.reset()
          const vectors = fields.map((_, column) => reader.read(column, start, end, null, arena))
          yield Array.from({ length: end - start }, (_, row) =>
            Object.fromEntries(
              fields.map(({ name, type }, i) => [name, plain(valueAt(memory, vectors[i]!, row), type)]),
            ),
          )
        }
      } finally {
        reader.close()
      }
    }
  } finally {
    file.close()
    arena.free()
  }
}

function targetOf({ name, type, children }: FileField): TargetField {
  return { names: [name], type, children: children.map(targetOf) }
}

/** Structs as objects by field name. */
function plain(value: LiteralValue, type: DataType): unknown {
  if (value === null) return null
  if (type.kind === 'struct') {
    const items = value as readonly LiteralValue[]
    return Object.fromEntries(type.fields.map((field, i) => [field.name, plain(items[i]!, field.type)]))
  }
  if (type.kind === 'list') return (value as readonly LiteralValue[]).map((item) => plain(item, type.element.type))
  return value
}
