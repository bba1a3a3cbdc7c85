/**
 * The tables that Iceberg's Java library was seen to read (test/fixtures/iceberg-written/PROVENANCE.md) are still written in the same form.
 *
 * Method: run the same statements; what differs from run to run (ids, times, sizes, places) is replaced by words; the rest of the metadata, the
 * manifest lists and the manifests is compared with what was recorded, and the rows with those that Java read.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAvroFile } from '../../../../src/format/avro/container.ts'
import { storageFor } from '../../../../src/storage/index.ts'

const FIXTURES = fileURLToPath(new URL('../../../fixtures/iceberg-written', import.meta.url))
const TABLES = ['types', 'parts', 'months', 'nested', 'replaced', 'empty']

const root = mkdtempSync(join(tmpdir(), 'sluice-shape-'))
const counts = new Map<string, number>()

beforeAll(async () => {
  const { open } = (await import(
    '../../../../dist/src/index.js' as string
  )) as typeof import('../../../../src/index.ts')
  const database = await open({ catalog: root, threads: 1 })
  for (const statement of readFileSync(join(FIXTURES, 'tables.sql'), 'utf8').split(';\n')) {
    if (statement.trim() !== '') await (await database.query(statement)).rows()
  }
  for (const name of TABLES) {
    const [row] = await (await database.query(`select count(*) as n from ${name}`)).rows()
    counts.set(name, Number(row!['n']))
  }
  await database.close()
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function metadataFiles(table: string): string[] {
  return readdirSync(join(root, table, 'metadata')).toSorted()
}

/** What differs from run to run as words. */
function steady(text: string): string {
  return text
    .replaceAll(root, 'LAKE')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/("(?:parent-)?snapshot-id": |"current-snapshot-id": |snap-)\d+/g, '$1ID')
    .replaceAll(/("(?:timestamp|last-updated)-ms": )\d+/g, '$1TIME')
    .replaceAll(/("(?:total|added)-files-size": )"\d+"/g, '$1"BYTES"')
}

async function headerOf(url: string): Promise<string> {
  const storage = storageFor(url)
  const { header } = await openAvroFile({ storage, url, byteCount: (await storage.stat(url)).byteCount })
  const entries = [...header.metadata]
    .filter(([key]) => !key.endsWith('snapshot-id'))
    .map(([key, value]) => `${key}: ${value}`)
  return steady(entries.toSorted().join('\n'))
}

describe('form of', () => {
  for (const table of TABLES) {
    test(table, async () => {
      const names = metadataFiles(table)
      const newest = names
        .filter((name) => name.endsWith('.json'))
        .toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
        .at(-1)!
      const text = readFileSync(join(root, table, 'metadata', newest), 'utf8')
      // Ids do not fit into JavaScript's numbers, but here they are replaced anyway.
      const parts = [steady(JSON.stringify(JSON.parse(text), null, 1))]
      for (const kind of ['snap-', '-m0']) {
        const headers = await Promise.all(
          names
            .filter((name) => name.includes(kind))
            .map(async (name) => headerOf(join(root, table, 'metadata', name))),
        )
        // Their names are random: in the order of their text.
        for (const header of [...new Set(headers)].toSorted())
          parts.push(`${kind === '-m0' ? 'manifest' : 'manifest list'}\n${header}`)
      }
      await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(join(FIXTURES, `${table}.form.txt`))
    })
  }
})

test('Java read as many rows as there are', () => {
  const lines = readFileSync(join(FIXTURES, 'read-by-java.jsonl'), 'utf8').trim().split('\n')
  const read = lines.map((line) => JSON.parse(line) as { table: string; n: number })
  expect(new Map(read.map(({ table, n }) => [table, n]))).toEqual(counts)
})
