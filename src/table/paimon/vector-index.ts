/** The deletion vectors of a snapshot, each read when its file is planned. */
import { joinLocation } from '../../storage/file-location.ts'
import { type VectorPlace, readVector, readVectorPlaces, vectorKey } from './deletion-vectors.ts'
import type { ManifestEntry } from './manifest.ts'
import { type Partition, bucketPath } from './partition.ts'
import type { PaimonContext } from './context.ts'
import type { Snapshot } from './snapshot.ts'

export class VectorIndex {
  readonly #context: PaimonContext
  readonly #places: ReadonlyMap<string, VectorPlace>

  private constructor(context: PaimonContext, places: ReadonlyMap<string, VectorPlace>) {
    this.#context = context
    this.#places = places
  }

  static none(context: PaimonContext): VectorIndex {
    return new VectorIndex(context, new Map())
  }

  static async open(context: PaimonContext, { indexManifest }: Snapshot): Promise<VectorIndex> {
    const { access, root } = context
    const places = indexManifest === undefined ? new Map() : await readVectorPlaces(access, root, indexManifest)
    return new VectorIndex(context, places)
  }

  /** Deleted rows of a file, ascending; undefined when it has none. */
  async rowsOf(entry: ManifestEntry, partition: Partition): Promise<BigInt64Array | undefined> {
    const place = this.#places.get(vectorKey(entry.partition, entry.bucket, entry.file.fileName))
    if (place === undefined) return undefined
    return readVector(this.#context.access, this.#urlOf(place, partition), place)
  }

  #urlOf({ externalPath, indexFile, bucket }: VectorPlace, partition: Partition): string {
    const { access, root, options } = this.#context
    if (externalPath !== undefined) return access.locate(externalPath)
    if (!options.indexInDataFolder) return joinLocation(root, 'index', indexFile)
    const folder = options.dataFileDirectory === undefined ? root : joinLocation(root, options.dataFileDirectory)
    return joinLocation(folder, bucketPath(partition, bucket), indexFile)
  }
}
