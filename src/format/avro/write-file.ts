/** Avro object container files, written in memory: manifests and manifest lists are small. */
import { randomBytes } from 'node:crypto'
import { type JsonValue, writeExactJson } from '../../core/exact-json.ts'
import { type AvroWriteCodec, compressBlock } from './codec.ts'
import type { AvroObject } from './decoder.ts'
import { AvroOutput, encodeAvro } from './encoder.ts'
import { parseAvroSchema } from './schema.ts'

/** Uncompressed bytes after which a block ends: readers hold one block in memory. */
const BLOCK_BYTES = 64 << 10

/**
 * A container file of `records`, which have the values that the reader gives (decoder.ts).
 *
 * @param schema The Avro schema as JSON; it is written into the file as it is, `field-id`s included.
 * @param metadata Further entries of the header (`schema`, `partition-spec`, ...).
 */
export function writeAvroFile(
  schema: JsonValue,
  metadata: ReadonlyMap<string, string>,
  records: Iterable<AvroObject>,
  codec: AvroWriteCodec = 'deflate',
): Uint8Array {
  const type = parseAvroSchema(schema, 'the schema to write')
  const sync = randomBytes(16)
  const file = new AvroOutput()
  file.raw(Uint8Array.of(0x4f, 0x62, 0x6a, 1))
  const entries = new Map([...metadata, ['avro.schema', writeExactJson(schema)], ['avro.codec', codec]])
  file.long(entries.size)
  for (const [key, value] of entries) {
    file.string(key)
    file.string(value)
  }
  file.byte(0)
  file.raw(sync)

  const block = new AvroOutput()
  let recordCount = 0
  const flush = (): void => {
    if (recordCount === 0) return
    const body = compressBlock(codec, block.view())
    file.long(recordCount)
    file.bytes(body)
    file.raw(sync)
    block.clear()
    recordCount = 0
  }
  for (const record of records) {
    encodeAvro(block, type, record)
    recordCount++
    if (block.byteCount >= BLOCK_BYTES) flush()
  }
  flush()
  return file.view().slice()
}
