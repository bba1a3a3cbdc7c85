import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesLike, parseLike } from '../../../src/expr/values/like-pattern.ts'
import { arena, bytesAt, i32At, kernels, memory, putBytes, putViews } from './kernel-arena.ts'

const text = fc.oneof(
  fc.array(fc.constantFrom('a', 'b', 'ab', 'é', '😀', '%', '_'), { maxLength: 30 }).map((parts) => parts.join('')),
  fc.constantFrom('', 'a', 'aaaaaaaaaaaaaaaaaaaaaaaab', 'special packages requests', 'xspecialxrequestsx'),
)
const pattern = fc
  .array(fc.constantFrom('a', 'b', '%', '_', 'é', '😀', 'special', 'requests'), { maxLength: 7 })
  .map((parts) => parts.join(''))
const utf8 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'utf8'))

/** The pattern block of likeBytes. */
function putPattern(source: string): number {
  const { segments, anchoredStart, anchoredEnd, hasWildcards } = parseLike(source)
  const block = arena.allocate(8 + segments.length * 12)
  const words = [Number(anchoredStart) | (Number(anchoredEnd) << 1) | (Number(hasWildcards) << 2), segments.length]
  for (const segment of segments) {
    const bytes = segment.flatMap((char) => (char === null ? [0xff] : [...utf8(char)]))
    words.push(putBytes(bytes), bytes.length, segment.length)
  }
  memory.u32.set(words, block >>> 2)
  return block
}

describe('LIKE', () => {
  it('agrees with the reference', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), pattern, fc.boolean(), (texts, source, negated) => {
        arena.reset()
        const out = arena.allocate(texts.length)
        kernels.likeBytes(putViews(texts.map(utf8)), 0, texts.length, putPattern(source), Number(negated), out)
        const parsed = parseLike(source)
        expect(bytesAt(out, texts.length)).toEqual(texts.map((value) => Number(matchesLike(value, parsed) !== negated)))
      }),
      { numRuns: 5000 },
    )
  })

  it('and the reference with a regular expression', () => {
    fc.assert(
      fc.property(text, pattern, (value, source) => {
        const escaped = source
          .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('%', '.*')
          .replaceAll('_', '.')
        expect(matchesLike(value, parseLike(source))).toBe(new RegExp(`^${escaped}$`, 'su').test(value))
      }),
      { numRuns: 5000 },
    )
  })
})

describe('characters', () => {
  it('substrings and lengths', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 10 }),
        fc.nat(8),
        fc.integer({ min: -1, max: 8 }),
        (texts, from, count) => {
          arena.reset()
          const n = texts.length
          const [views, out] = [putViews(texts.map(utf8)), arena.allocate(n * 8)]
          kernels.substringViews(views, 0, n, from, count, out)
          const got = texts.map((_, i) => {
            const [start, length] = [memory.u32[(out >>> 2) + 2 * i]!, memory.u32[(out >>> 2) + 2 * i + 1]!]
            return Buffer.from(memory.u8.slice(start, start + length)).toString('utf8')
          })
          expect(got).toEqual(
            texts.map((value) => [...value].slice(from, count < 0 ? undefined : from + count).join('')),
          )
          kernels.characterCounts(views, 0, n, out)
          expect(i32At(out, n)).toEqual(texts.map((value) => [...value].length))
          kernels.byteCounts(views, n, out)
          expect(i32At(out, n)).toEqual(texts.map((value) => utf8(value).length))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
