/** Text files with flipped, cut and repeated bytes give rows or an error that blames the file, and all memory back. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { CsvDataFile } from '../../../src/format/csv/data-file.ts'
import { sniffCsv } from '../../../src/format/csv/sniff.ts'
import { JsonDataFile } from '../../../src/format/json/data-file.ts'
import { sniffJson } from '../../../src/format/json/sniff.ts'
import { mutationCount } from '../../mutations.ts'
import { bytesFile, createTestEngine } from '../parquet/read-file.ts'
import { CSV_LAYOUT, CSV_TEXT, LINES_LAYOUT, OBJECTS, readText } from '../text-to-damage.ts'

const engine = createTestEngine(64 << 20)

const mutation = fc.array(fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'repeat', 'drop'), fc.nat(255)), {
  minLength: 1,
  maxLength: 3,
})

function mutated(bytes: Uint8Array, changes: readonly (readonly [number, string, number])[]): Uint8Array {
  let all = [...bytes]
  for (const [place, kind, byte] of changes) {
    const at = all.length === 0 ? 0 : place % all.length
    if (kind === 'flip') all[at] = byte
    else if (kind === 'cut') all = all.slice(0, at)
    else if (kind === 'drop') all.splice(at, byte)
    else all.splice(at, 0, ...all.slice(at, at + byte))
  }
  return Uint8Array.from(all)
}

const CASES: readonly (readonly [
  string,
  Uint8Array,
  (bytes: Uint8Array, chunkBytes: number) => CsvDataFile | JsonDataFile,
])[] = [
  ['csv', Buffer.from(CSV_TEXT), (bytes, size) => new CsvDataFile(bytesFile(bytes, 'a.csv'), engine, CSV_LAYOUT, size)],
  [
    'csv.gz',
    gzipSync(CSV_TEXT),
    (bytes, size) =>
      new CsvDataFile(bytesFile(bytes, 'a.csv.gz'), engine, { ...CSV_LAYOUT, compression: 'gzip' }, size),
  ],
  [
    'lines',
    Buffer.from(OBJECTS.join('\n')),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.jsonl'), engine, LINES_LAYOUT, size),
  ],
  [
    'array',
    Buffer.from(`[${OBJECTS.join(',\n')}]`),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.json'), engine, { ...LINES_LAYOUT, form: 'array' }, size),
  ],
  [
    'stream',
    Buffer.from(OBJECTS.join('')),
    (bytes, size) => new JsonDataFile(bytesFile(bytes, 'a.json'), engine, { ...LINES_LAYOUT, form: 'stream' }, size),
  ],
]

test.each(CASES)('%s', { timeout: 600_000 }, (_, bytes, open) => {
  fc.assert(
    fc.property(mutation, fc.integer({ min: 20, max: 3000 }), (changes, chunkBytes) => {
      try {
        readText(engine, open(mutated(bytes, changes), chunkBytes))
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError)
        expect((error as SluiceError).sqlstate).toMatch(/^(?:22...|XX001|54000)$/)
      }
      expect(memoryUse(engine.memory).usedBytes).toBe(0)
    }),
    { seed: 1, numRuns: mutationCount(1000) },
  )
})

test('samples of anything are described or refused', () => {
  fc.assert(
    fc.property(mutation, fc.boolean(), fc.boolean(), (changes, isJson, isWhole) => {
      const text = Buffer.from(mutated(Buffer.from(isJson ? OBJECTS.join('\n') : CSV_TEXT), changes)).toString('utf8')
      if (isJson) expect(sniffJson({ text, isWhole }, {}).layout.columns.length).toBeGreaterThan(0)
      else expect(sniffCsv({ text, isWhole }, {}).layout.columns.length).toBeGreaterThan(0)
    }),
    { seed: 2, numRuns: 300 },
  )
})
