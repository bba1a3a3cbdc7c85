/** Regular expressions and SIMILAR TO over texts as JavaScript has them; the engine is in ../regex. Places are bytes of UTF-8. */
import { type Regex, compileRegex } from '../regex/regex.ts'
import type { Subject } from '../regex/subject.ts'
import { countCharacters, nextPlace } from '../regex/utf8.ts'

export function matchesRegexp(text: string, pattern: string, flags: string = ''): boolean {
  const regex = compileRegex(pattern, flags)
  return regex.test(subjectOf(regex, Buffer.from(text, 'utf8')))
}

function subjectOf(regex: Regex, bytes: Uint8Array): Subject {
  return regex.subject(bytes, 0, bytes.length)
}

/** A match: its place, its text and the texts of its groups (null: took no part). */
export interface RegexpMatch {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly groups: readonly (string | null)[]
  /** Where group n begins (counted from 0) and ends; null when it took no part. */
  readonly places: readonly (readonly [number, number] | null)[]
}

/** A text in which matches are looked for, one after the other. */
export class RegexpText {
  readonly #bytes: Buffer

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8')
  }

  get length(): number {
    return this.#bytes.length
  }

  slice(from: number, to: number = this.#bytes.length): string {
    return this.#bytes.toString('utf8', from, to)
  }

  /** The place of the `number`-th character, counted from 1; beyond the end: one more than the length. */
  placeOf(number: number): number {
    let at = 0
    for (let left = number - 1; left > 0; left--) {
      if (at >= this.#bytes.length) return this.#bytes.length + 1
      at = nextPlace(this.#bytes, at, this.#bytes.length)
    }
    return at
  }

  /** The number of the character at a place, counted from 1. */
  numberOf(place: number): number {
    return countCharacters(this.#bytes, 0, place) + 1
  }

  /** All matches from a place on, first to last. 2201B. */
  *matches(pattern: string, flags: string, from: number = 0): Generator<RegexpMatch> {
    const regex = compileRegex(pattern, flags)
    const subject = subjectOf(regex, this.#bytes)
    for (let at = from; at <= this.#bytes.length;) {
      const places = regex.find(subject, at, true)
      if (places === null) return
      const match = this.#match(places, regex.groupCount)
      yield match
      at = match.end
      if (match.end === match.start)
        at = at < this.#bytes.length ? nextPlace(this.#bytes, at, this.#bytes.length) : at + 1
    }
  }

  #match(found: Int32Array, groupCount: number): RegexpMatch {
    const places = Array.from({ length: groupCount }, (_, i) => {
      const start = found[2 * i + 2]!
      return start < 0 ? null : ([start, found[2 * i + 3]!] as const)
    })
    const [start, end] = found as unknown as readonly [number, number]
    const groups = places.map((place) => (place === null ? null : this.slice(...place)))
    return { start, end, text: this.slice(start, end), groups, places }
  }
}

/** What stands in the place of a match: \1 to \9 are groups, \& the match, \\ a backslash. */
function replacementFor({ text, groups }: RegexpMatch, replacement: string): string {
  return replacement.replace(/\\([1-9&\\])/g, (_, what: string) => {
    if (what === '&') return text
    return what === '\\' ? '\\' : (groups[Number(what) - 1] ?? '')
  })
}

/** The text with the `nth` match (counted from 1, 0 for all) from the `start`-th character on replaced. */
export function replaceMatches(
  text: string,
  pattern: string,
  replacement: string,
  flags: string,
  { start = 1, nth }: { readonly start?: number; readonly nth: number },
): string {
  const subject = new RegexpText(text)
  let out = ''
  let done = 0
  let count = 0
  for (const match of subject.matches(pattern, flags, subject.placeOf(start))) {
    count++
    if (nth !== 0 && count !== nth) continue
    out += subject.slice(done, match.start) + replacementFor(match, replacement)
    done = match.end
    if (nth !== 0) break
  }
  return count === 0 ? text : out + subject.slice(done)
}

/** The parts of a text between matches; an empty match at the end, or just behind another, parts nothing. */
export function splitByRegexp(text: string, pattern: string, flags: string): string[] {
  const subject = new RegexpText(text)
  const parts: string[] = []
  let done = 0
  for (const { start, end } of subject.matches(pattern, flags)) {
    if (start >= subject.length || end <= done) continue
    parts.push(subject.slice(done, start))
    done = end
  }
  parts.push(subject.slice(done))
  return parts
}
