/** The cache of blocks in the shared memory: what it keeps, and when it gives memory back. */
import { describe, expect, test } from 'vitest'
import {
  BlockCache,
  type BlockFile,
  blockFileOf,
  dropBlockReaders,
  enableBlockCache,
} from '../../src/core/block-cache.ts'
import {
  type EngineMemory,
  createMemory,
  freePages,
  memoryUse,
  tryAllocatePages,
  withOwner,
} from '../../src/core/memory.ts'

const MIB = 1 << 20
const FILE = fileNamed('a')

function fileNamed(url: string): BlockFile {
  return blockFileOf({ url, byteCount: 1, modifiedMs: 0 })!
}

function engineWith(limitMib: number, cacheMib: number): EngineMemory {
  const engine = createMemory(limitMib * MIB)
  enableBlockCache(engine, cacheMib * MIB)
  return engine
}

/** Asks for a block of `byteCount` bytes filled with `value`; whether it was there, was made, or was not kept. */
function ask(
  engine: EngineMemory,
  cache: BlockCache,
  { file = FILE, offset, byteCount = 1000, value = 1 }: Partial<Asked> & { offset: number },
): 'found' | 'made' | 'passed' {
  const reader = cache.openReader(file)
  try {
    const found = reader.find(offset)
    if (found !== undefined) {
      const bytes = engine.u8.subarray(found.pointer, found.pointer + byteCount)
      expect(found.byteCount).toBe(byteCount)
      expect(bytes.every((byte) => byte === value)).toBe(true)
      return 'found'
    }
    const made = reader.make(offset, byteCount, (pointer) => engine.u8.fill(value, pointer, pointer + byteCount))
    return made === undefined ? 'passed' : 'made'
  } finally {
    reader.close()
  }
}

interface Asked {
  readonly file: BlockFile
  readonly offset: number
  readonly byteCount: number
  readonly value: number
}

test('keeps a block from the second time on, for all threads', () => {
  const engine = engineWith(64, 16)
  const [one, other] = [BlockCache.attach(withOwner(engine, 1))!, BlockCache.attach(withOwner(engine, 2))!]
  expect(ask(engine, one, { offset: 7 })).toBe('passed')
  expect(ask(engine, other, { offset: 7 })).toBe('made')
  expect(ask(engine, one, { offset: 7 })).toBe('found')
  expect(ask(engine, one, { offset: 8 })).toBe('passed')
  expect(ask(engine, one, { offset: 7, file: fileNamed('b') })).toBe('passed')
  // Beyond 4 GiB, with the same low word.
  expect(ask(engine, one, { offset: 7 + 2 ** 32 })).toBe('passed')
})

test('a block that could not be filled is not there', () => {
  const engine = engineWith(64, 16)
  const cache = BlockCache.attach(engine)!
  ask(engine, cache, { offset: 7 })
  const reader = cache.openReader(FILE)
  reader.find(7)
  const fail = (): void => {
    throw new Error('damaged')
  }
  expect(() => reader.make(7, 1000, fail)).toThrow('damaged')
  expect(reader.find(7)).toBeUndefined()
  reader.close()
})

test('many blocks of many sizes keep their bytes', () => {
  const engine = engineWith(128, 64)
  const cache = BlockCache.attach(engine)!
  const blocks = Array.from({ length: 400 }, (_, i) => ({
    offset: i * 4099,
    byteCount: 1 + ((i * 7919) % 90_000),
    value: i % 251,
  }))
  for (const block of blocks) ask(engine, cache, block)
  for (const block of blocks) ask(engine, cache, block)
  const answers = blocks.map((block) => ask(engine, cache, block))
  expect(answers.filter((answer) => answer === 'found').length).toBeGreaterThan(390)
})

describe('gives way', () => {
  /** Fills the cache; how many blocks of 1 MiB it holds then. */
  function fill(engine: EngineMemory, cache: BlockCache, count = 40): number {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) ask(engine, cache, { offset: i, byteCount: MIB - 1000 })
    }
    return memoryUse(engine).cachedBytes / MIB
  }

  test('to what queries allocate', () => {
    const engine = engineWith(32, 16)
    const cache = BlockCache.attach(engine)!
    expect(fill(engine, cache)).toBeGreaterThan(14)
    expect(memoryUse(engine).usedBytes).toBe(0)
    const pointer = tryAllocatePages(engine, 31 * MIB)
    expect(pointer).not.toBe(0)
    expect(memoryUse(engine)).toMatchObject({ usedBytes: 31 * MIB })
    expect(memoryUse(engine).cachedBytes).toBeLessThan(MIB)
    expect(tryAllocatePages(engine, 2 * MIB)).toBe(0)
    freePages(engine, pointer)
  })

  test('not while somebody reads', () => {
    const engine = engineWith(32, 16)
    const [one, other] = [BlockCache.attach(withOwner(engine, 1))!, BlockCache.attach(withOwner(engine, 2))!]
    fill(engine, one, 10)
    const [first, second] = [one.openReader(FILE), other.openReader(FILE)]
    const kept = [first.find(0)!, second.find(1)!]
    expect(kept.every((block) => block !== undefined)).toBe(true)
    const free = 31 * MIB
    const pointer = tryAllocatePages(engine, free)
    expect(pointer).toBe(0)
    expect(memoryUse(engine).cachedBytes).toBeLessThan(4 * MIB)
    expect(engine.u8[kept[0]!.pointer]).toBe(1)
    first.close()
    // A thread that died never closes its readers.
    dropBlockReaders(engine, 2)
    expect(tryAllocatePages(engine, free)).not.toBe(0)
  })

  test('to other blocks, a few at a time', () => {
    const engine = engineWith(64, 8)
    const cache = BlockCache.attach(engine)!
    fill(engine, cache)
    const before = memoryUse(engine).cachedBytes
    expect(before).toBeLessThanOrEqual(8 * MIB)
    let found = 0
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 40; i++) found += ask(engine, cache, { offset: i, byteCount: MIB - 1000 }) === 'found' ? 1 : 0
    }
    expect(memoryUse(engine).cachedBytes).toBeLessThanOrEqual(8 * MIB)
    // Seven of forty fit: with blocks always replacing the oldest, none would ever be found.
    expect(found).toBeGreaterThan(15)
  })
})

test('leaves files alone that may change again within their time', () => {
  expect(blockFileOf({ url: 'a', byteCount: 1, modifiedMs: Date.now() - 500 })).toBeUndefined()
  expect(blockFileOf({ url: 'a', byteCount: 1, modifiedMs: Date.now() - 60_000 })).toBeDefined()
  expect(fileNamed('a')).toEqual(fileNamed('a'))
  expect(fileNamed('a')).not.toEqual(fileNamed('b'))
})

test('there is none without room for it', () => {
  expect(BlockCache.attach(engineWith(64, 1))).toBeUndefined()
  expect(BlockCache.attach(createMemory(64 * MIB))).toBeUndefined()
})
