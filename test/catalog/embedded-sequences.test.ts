/** Sequences of the embedded catalog: what several processes do to one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EmbeddedSequences } from '../../src/catalog/embedded-sequences.ts'
import type { Sequence, SequenceDefinition } from '../../src/catalog/sequence.ts'
import { StagedSequences } from '../../src/catalog/staged-sequences.ts'
import { createStorageAccess } from '../../src/storage/storage-access.ts'

const DEFINITION: SequenceDefinition = {
  type: 'bigint',
  start: 1n,
  increment: 1n,
  min: 1n,
  max: 1000n,
  cache: 1n,
  cycle: false,
  owner: null,
}
const BEGIN = { last: 1n, isCalled: false }

describe('sequences of several processes', () => {
  let url = ''
  beforeEach(() => {
    url = mkdtempSync(join(tmpdir(), 'sequences-'))
  })
  afterEach(() => rmSync(url, { recursive: true, force: true }))

  const open = (): EmbeddedSequences => new EmbeddedSequences({ url, access: createStorageAccess() })
  const both = (): readonly [Sequence, Sequence] => {
    open().create('main', 's', DEFINITION, BEGIN)
    return [open().find('main', 's')!, open().find('main', 's')!]
  }

  it('gives no value twice', () => {
    const [a, b] = both()
    const seen: bigint[] = []
    for (let i = 0; i < 30; i++) {
      const run = (i % 3 === 0 ? a : b).take(1 + (i % 5))
      for (let k = 0n; k < run.count; k++) seen.push(run.first + k)
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.toSorted((x, y) => Number(x - y))).toEqual(seen.map((_, i) => BigInt(i + 1)))
  })

  it('takes back what was not used, unless others went on', () => {
    const [a, b] = both()
    const run = a.take(10)
    a.giveBack(run, 7n)
    expect(b.take(1).first).toBe(4n)
    const lost = a.take(10)
    expect(b.take(1).first).toBe(15n)
    a.giveBack(lost, 9n)
    expect(a.state()).toEqual({ last: 15n, isCalled: true })
  })

  it('keeps some files, however often it changes', () => {
    const [a] = both()
    for (let i = 0; i < 40; i++) a.take(1)
    const [folder] = readdirSync(join(url, '.sluice', 'sequences'))
    expect(readdirSync(join(url, '.sluice', 'sequences', folder!)).length).toBeLessThan(20)
    expect(open().find('main', 's')!.state().last).toBe(40n)
  })

  it('is another one when it is made anew', () => {
    const [a] = both()
    open().drop(a)
    expect(open().find('main', 's')).toBeUndefined()
    open().create('main', 's', DEFINITION, BEGIN)
    expect(() => a.take(1)).toThrow('does not exist')
    expect(() => open().create('main', 's', DEFINITION, BEGIN)).toThrow('already exists')
  })

  it('refuses a damaged file', async () => {
    both()
    const { putIfAbsent } = createStorageAccess().storageFor(url)
    const [folder] = readdirSync(join(url, '.sluice', 'sequences'))
    await putIfAbsent(join(url, '.sluice', 'sequences', folder!, '9.json'), new TextEncoder().encode('{"last": 1}'))
    expect(() => open().find('main', 's')).toThrow('9.json')
  })

  it('publishes what a transaction altered unless others used it meanwhile', () => {
    const [a] = both()
    const staged = new StagedSequences(open())
    staged.alter(staged.find('main', 's')!, { ...DEFINITION, increment: 5n }, BEGIN)
    expect(staged.find('main', 's')!.take(2)).toMatchObject({ first: 1n, after: { last: 6n } })
    a.take(1)
    expect(() => staged.publish()).toThrow('was used meanwhile')
  })

  it('undoes what a transaction made', () => {
    const staged = new StagedSequences(open())
    staged.create('main', 's', DEFINITION, BEGIN)
    staged.publish()
    expect(open().find('main', 's')).toBeDefined()
    staged.undo()
    expect(open().find('main', 's')).toBeUndefined()
  })
})
