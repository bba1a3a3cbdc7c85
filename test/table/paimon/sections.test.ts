/** Sections against their definition, on random files. */
import { describe, expect, test } from 'vitest'
import { INTEGER } from '../../../src/core/types.ts'
import { type KeyedFile, sectionsOf } from '../../../src/table/paimon/sections.ts'

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe.each([1, 2, 3, 4, 5])('random files %s', (seed) => {
  const next = random(seed)
  const files = Array.from({ length: 200 }, (_, i): KeyedFile<number> => {
    const min = next(2000)
    return { file: i, minKey: [min], maxKey: [min + next(30)] }
  })
  const sections = sectionsOf(files, [INTEGER])

  test('every file is in one run', () => {
    const all = sections.flat(2).map(({ file }) => file)
    expect(all.toSorted((a, b) => a - b)).toEqual(files.map(({ file }) => file))
  })

  test('files of a run follow each other, files of different sections do not overlap', () => {
    for (const run of sections.flat()) {
      for (let i = 1; i < run.length; i++)
        expect(Number(run[i]!.minKey[0])).toBeGreaterThan(Number(run[i - 1]!.maxKey[0]))
    }
    const ends = sections.map((runs) => Math.max(...runs.flat().map(({ maxKey }) => Number(maxKey[0]))))
    const starts = sections.map((runs) => Math.min(...runs.flat().map(({ minKey }) => Number(minKey[0]))))
    for (let i = 1; i < sections.length; i++) expect(starts[i]!).toBeGreaterThan(ends[i - 1]!)
  })

  test('a section has no more runs than files that share a key', () => {
    for (const runs of sections) {
      const keys = runs.flat().flatMap(({ minKey }) => Number(minKey[0]))
      const deepest = Math.max(
        ...keys.map(
          (key) => runs.flat().filter((file) => Number(file.minKey[0]) <= key && key <= Number(file.maxKey[0])).length,
        ),
      )
      expect(runs.length).toBe(deepest)
    }
  })
})
