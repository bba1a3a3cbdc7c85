/**
 * Which files of a bucket have to be merged with each other.
 *
 *   keys   a----e    f--h      p---t        one section: files whose key ranges chain together
 *            c----------k                   section 1: a-e, c-k, f-h (2 runs)   section 2: p-t (1 run)
 *
 * Within a section, files that don't overlap share a run. Which run a file is in says nothing about its age: sequence numbers do.
 */
import { compareValues } from '../../expr/values/compare.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { DataType } from '../../core/types.ts'

export interface KeyedFile<T> {
  readonly file: T
  readonly minKey: readonly LiteralValue[]
  readonly maxKey: readonly LiteralValue[]
}

/** Runs of each section: files in ascending key order. */
export function sectionsOf<T>(files: readonly KeyedFile<T>[], types: readonly DataType[]): KeyedFile<T>[][][] {
  const compare = (a: readonly LiteralValue[], b: readonly LiteralValue[]): number => compareKeys(a, b, types)
  const sorted = files.toSorted((a, b) => compare(a.minKey, b.minKey) || compare(a.maxKey, b.maxKey))
  const sections: KeyedFile<T>[][][] = []
  let section: KeyedFile<T>[] = []
  let bound: readonly LiteralValue[] = []
  for (const file of sorted) {
    if (section.length > 0 && compare(file.minKey, bound) > 0) {
      sections.push(runsOf(section, compare))
      section = []
    }
    if (section.length === 0 || compare(file.maxKey, bound) > 0) bound = file.maxKey
    section.push(file)
  }
  if (section.length > 0) sections.push(runsOf(section, compare))
  return sections
}

/** Files by ascending first key, each put behind the run that ended first if it begins after that. */
function runsOf<T>(
  files: readonly KeyedFile<T>[],
  compare: (a: readonly LiteralValue[], b: readonly LiteralValue[]) => number,
): KeyedFile<T>[][] {
  // A heap of runs by their last keys.
  const heap: KeyedFile<T>[][] = []
  const endOf = (run: KeyedFile<T>[]): readonly LiteralValue[] => run.at(-1)!.maxKey
  for (const file of files) {
    const top = heap[0]
    if (top !== undefined && compare(file.minKey, endOf(top)) > 0) {
      top.push(file)
      sink(heap, 0, (a, b) => compare(endOf(a), endOf(b)))
    } else {
      heap.push([file])
      rise(heap, heap.length - 1, (a, b) => compare(endOf(a), endOf(b)))
    }
  }
  return heap
}

type Order<R> = (a: R, b: R) => number

function rise<R>(heap: R[], from: number, order: Order<R>): void {
  let at = from
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (order(heap[at]!, heap[parent]!) >= 0) return
    swap(heap, at, parent)
    at = parent
  }
}

function sink<R>(heap: R[], from: number, order: Order<R>): void {
  let at = from
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) return
    if (child + 1 < heap.length && order(heap[child + 1]!, heap[child]!) < 0) child++
    if (order(heap[child]!, heap[at]!) >= 0) return
    swap(heap, at, child)
    at = child
  }
}

function swap<R>(heap: R[], a: number, b: number): void {
  const kept = heap[a]!
  heap[a] = heap[b]!
  heap[b] = kept
}

/** NULLs come first. */
export function compareKeys(
  a: readonly LiteralValue[],
  b: readonly LiteralValue[],
  types: readonly DataType[],
): number {
  for (const [i, type] of types.entries()) {
    const [x, y] = [a[i] ?? null, b[i] ?? null]
    if (x === null || y === null) {
      if (x !== y) return x === null ? -1 : 1
      continue
    }
    const order = compareValues(x, y, type)
    if (order !== 0) return order
  }
  return 0
}
