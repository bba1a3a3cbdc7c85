/**
 * Values of blob columns. Pages have where each is: of columns of the first kind its place in the file (u64 position, u64 size), of the second a descriptor:
 *
 *   u8 kind | u64 position | u64 size | u32 blob file | u32 length of a URI, its bytes
 *   kind 0    in the data file
 *   kind 1    in a file of several blobs, kind 2 in a file of its own: <data file without .lance>/<number of the blob file>.blob
 *   kind 3    in a file that the dataset does not own
 *
 * The number of a blob file is written as its 32 bits, the lowest first. Source: files of pylance 14.
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import { storageFor } from '../../storage/index.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type LanceContext, loadRange } from './reader-context.ts'

/** Bytes of a descriptor before its URI. */
const DESCRIPTOR_BYTES = 25

export interface BlobPlace {
  readonly position: number
  readonly size: number
  /** Number of the file that it lies in; undefined: the data file. */
  readonly blobFile?: number
}

/** Of NULLs, whose places are not looked at. */
export const NO_BLOB: BlobPlace = { position: 0, size: 0 }

export function placeAt(memory: EngineMemory, at: Pointer): BlobPlace {
  const view = new DataView(memory.u8.buffer, at, 16)
  return { position: Number(view.getBigUint64(0, true)), size: Number(view.getBigUint64(8, true)) }
}

/** The place that a descriptor says, itself a view at `at`. Errors: 0A000 for blobs outside of the dataset. */
export function describedPlace({ memory, file }: LanceContext, column: string, at: Pointer): BlobPlace {
  const [start, length] = [memory.u32[at >>> 2]!, memory.u32[(at >>> 2) + 1]!]
  const view = new DataView(memory.u8.buffer, start, length)
  if (length < DESCRIPTOR_BYTES || view.getUint32(DESCRIPTOR_BYTES - 4, true) !== length - DESCRIPTOR_BYTES) {
    throw corrupt(file.url, `column "${column}": a blob descriptor of ${length} bytes`)
  }
  const kind = view.getUint8(0)
  if (kind === 3) throw unsupported(`reading column "${column}" of "${file.url}": blobs outside of the dataset`)
  if (kind > 3) throw unsupported(`reading column "${column}" of "${file.url}": blobs of kind ${kind}`)
  const place = { position: Number(view.getBigUint64(1, true)), size: Number(view.getBigUint64(9, true)) }
  return kind === 0 ? place : { ...place, blobFile: view.getUint32(17, true) }
}

/** Views of blobs, which live in `arena`. */
export function blobViews(context: LanceContext, places: readonly BlobPlace[], arena: Arena): Pointer {
  const { memory } = context
  const files = new Map<number, SyncFile>()
  const data = arena.allocateZeroed(places.length * 8)
  try {
    places.forEach(({ position, size, blobFile }, i) => {
      if (size === 0) return
      const source = { ...context, file: fileOf(context.file, blobFile, files) }
      const span = loadRange(source, { start: position, end: position + size }, arena)
      context.bytesRead = source.bytesRead
      memory.u32[(data >>> 2) + 2 * i] = span.pointer
      memory.u32[(data >>> 2) + 2 * i + 1] = size
    })
  } finally {
    for (const file of files.values()) file.close()
  }
  return data
}

function fileOf(dataFile: SyncFile, blobFile: number | undefined, files: Map<number, SyncFile>): SyncFile {
  if (blobFile === undefined) return dataFile
  let file = files.get(blobFile)
  if (file === undefined) {
    const bits = [...blobFile.toString(2).padStart(32, '0')].toReversed().join('')
    const url = `${dataFile.url.replace(/\.lance$/, '')}/${bits}.blob`
    file = storageFor(url).openSync(url)
    files.set(blobFile, file)
  }
  return file
}
