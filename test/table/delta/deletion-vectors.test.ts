/** Deletion vectors in the log and in files, and damaged ones. */
import { describe, expect, test } from 'vitest'
import { crc32OfBytes } from '../../../src/core/crc32.ts'
import type { JsonObject } from '../../../src/core/exact-json.ts'
import { type LogFiles, add, column, commitsOf, metadata, openLog, protocol, tasksOf } from './make-table.ts'

/** The example of PROTOCOL.md: rows 3, 4, 7, 11, 18, 29. */
const INLINE = 'wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L'
const ROWS = [3n, 4n, 7n, 11n, 18n, 29n]
/** Its uuid is d2c639aa-8816-431a-aaf6-d3fe2512ff61. */
const UUID = '^-aqEH.-t@S}K{vb[*k^'
const NAME = 'deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin'

/** The bytes of INLINE: magic, one 32-bit bitmap with an array container. */
function vector(): Buffer {
  const bytes = Buffer.alloc(44)
  bytes.writeUInt32LE(1_681_511_377, 0)
  bytes.writeBigUInt64LE(1n, 4)
  bytes.writeUInt32LE(0, 12)
  bytes.writeUInt32LE(12_346, 16)
  bytes.writeUInt32LE(1, 20)
  bytes.writeUInt16LE(0, 24)
  bytes.writeUInt16LE(5, 26)
  bytes.writeUInt32LE(16, 28)
  ROWS.forEach((row, i) => bytes.writeUInt16LE(Number(row), 32 + 2 * i))
  return bytes
}

function vectorFile(change: (bytes: Buffer) => void = () => undefined): Buffer {
  const body = vector()
  const file = Buffer.alloc(1 + 4 + body.length + 4)
  file[0] = 1
  file.writeUInt32BE(body.length, 1)
  body.copy(file, 5)
  file.writeUInt32BE(crc32OfBytes(body), 5 + body.length)
  change(file)
  return file
}

async function rowsOf(deletionVector: JsonObject, others: LogFiles = {}): Promise<bigint[]> {
  const start = [protocol(['deletionVectors']), metadata([column('id', 'integer')])]
  const table = await openLog(commitsOf([[...start, add('a', { stats: { numRecords: 30 }, deletionVector })]]), {
    others,
  })
  const [task] = await tasksOf(table)
  const [filter] = task!.deletes
  return filter?.kind === 'positions' ? [...filter.rows] : []
}

const inFile = { offset: 1, sizeInBytes: 44, cardinality: 6 }

test('inline', async () => {
  expect(await rowsOf({ storageType: 'i', pathOrInlineDv: INLINE, sizeInBytes: 40, cardinality: 6 })).toEqual(ROWS)
})

test('relative, with a folder before the name and without', async () => {
  expect(await rowsOf({ storageType: 'u', pathOrInlineDv: UUID, ...inFile }, { [NAME]: vectorFile() })).toEqual(ROWS)
  const others = { [`ab/${NAME}`]: vectorFile() }
  expect(await rowsOf({ storageType: 'u', pathOrInlineDv: `ab${UUID}`, ...inFile }, others)).toEqual(ROWS)
})

test.each(['memory:/t/a%20b.bin', '{{FOLDER}}/a%20b.bin', 'file:{{FOLDER}}/a%20b.bin'])(
  'absolute: %s',
  async (path) => {
    expect(await rowsOf({ storageType: 'p', pathOrInlineDv: path, ...inFile }, { 'a b.bin': vectorFile() })).toEqual(
      ROWS,
    )
  },
)

describe('damage', () => {
  const relative = { storageType: 'u', pathOrInlineDv: UUID, ...inFile }

  test.each<[string, JsonObject, (bytes: Buffer) => void]>([
    ['a wrong length', relative, (bytes) => bytes.writeUInt32BE(43, 1)],
    ['a wrong checksum', relative, (bytes) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1)],
    ['a wrong magic', relative, (bytes) => bytes.writeUInt8(1, 5)],
    ['a wrong count', { ...relative, cardinality: 7 }, () => undefined],
    ['a size beyond the file', { ...relative, sizeInBytes: 4000 }, () => undefined],
    ['a size of nothing', { ...relative, sizeInBytes: 0 }, () => undefined],
    ['a name that is no uuid', { ...relative, pathOrInlineDv: 'short' }, () => undefined],
    [
      'inline text that is no Z85',
      { storageType: 'i', pathOrInlineDv: '~~~~~', sizeInBytes: 4, cardinality: 1 },
      () => undefined,
    ],
  ])('%s', async (_, descriptor, change) => {
    await expect(rowsOf(descriptor, { [NAME]: vectorFile(change) })).rejects.toMatchObject({ sqlstate: 'XX001' })
  })

  test('a file that is gone', async () => {
    await expect(rowsOf(relative)).rejects.toMatchObject({ sqlstate: '58P01' })
  })

  test('a storage type that is not known', async () => {
    await expect(rowsOf({ ...relative, storageType: 'x' })).rejects.toMatchObject({ sqlstate: '0A000' })
  })
})
