/**
 * The pool of pseudo-English from which all comments are cut: 300 MiB of sentences drawn from a small grammar.
 *
 *   sentence      N V T | N V P T | N V N T | N P V N T | N P V P T      N noun phrase, V verb phrase, P preposition + "the" + noun phrase,
 *   noun phrase   N | J N | J, J N | D J N                               T terminator; J adjective, D adverb, X auxiliary
 *   verb phrase   V | X V | V D | X V D
 *
 * The text is one sequence of draws, so it is made once, by one thread, into memory that all workers share.
 *
 * Source: TPC-H specification 4.2.2.14; dbgen 2.14 (text.c).
 */
import {
  ADJECTIVES,
  ADVERBS,
  ARTICLES,
  AUXILIARIES,
  type Distribution,
  NOUNS,
  NOUN_PHRASES,
  PREPOSITIONS,
  SENTENCES,
  TERMINATORS,
  VERBS,
  VERB_PHRASES,
} from './distributions.ts'
import { MODULUS, MULTIPLIER, RandomStream } from './random.ts'

export const POOL_BYTES: number = 300 * 1024 * 1024
const SENTENCE_BYTES_MAX = 512
const SEED = 933_588_178
const SPACE = 32
const COMMA = 44
const NOUNS_TOKEN = 78
const VERBS_TOKEN = 86
const PREPOSITION_TOKEN = 80

/** Bytes of a slot in the table of words: the longest word ("hockey players", "shall have to") and what follows it. */
const SLOT_BYTES = 24

/**
 * All words in one table of slots, so that the loop below touches typed arrays only: word w has LENGTHS[w] bytes from w * SLOT_BYTES on.
 * Each kind of word knows its first slot and its draws.
 */
class WordTable {
  readonly bytes: Uint8Array = new Uint8Array(SLOT_BYTES * 256)
  readonly lengths: Uint8Array = new Uint8Array(256)
  #count = 0

  /** Adds the words of a distribution with what follows each; gives the slot of each equally likely draw. */
  add({ words, draws }: Distribution, ending: string): Uint8Array {
    const first = this.#count
    for (const word of words) {
      this.bytes.set(Buffer.from(word + ending, 'latin1'), this.#count * SLOT_BYTES)
      this.lengths[this.#count++] = word.length + ending.length
    }
    return draws.map((word) => first + word)
  }
}

/** Makes the pool; under a second. */
export function makeTextPool(): Uint8Array {
  const out = new Uint8Array(new SharedArrayBuffer(POOL_BYTES + SENTENCE_BYTES_MAX))
  const table = new WordTable()
  const kinds: Readonly<Record<string, Uint8Array>> = {
    A: table.add(ARTICLES, ' '),
    J: table.add(ADJECTIVES, ' '),
    D: table.add(ADVERBS, ' '),
    N: table.add(NOUNS, ' '),
    V: table.add(VERBS, ' '),
    X: table.add(AUXILIARIES, ' '),
    P: table.add(PREPOSITIONS, ' the '),
    T: table.add(TERMINATORS, ' '),
  }
  const steps = (syntax: string, comma: boolean): Step[] =>
    [...syntax.replaceAll(' ', '').replaceAll(',', '')].map((kind, i) => ({
      slots: kinds[kind]!,
      // "J, J N": the comma takes the place of the space after the first adjective.
      comma: comma && syntax.includes(',') && i === 0,
    }))
  const grammar: Grammar = {
    nouns: NOUN_PHRASES.words.map((syntax) => steps(syntax, true)),
    verbs: VERB_PHRASES.words.map((syntax) => steps(syntax, false)),
    prepositions: kinds['P']!,
    terminators: kinds['T']!,
  }
  fillPool(out, table, grammar)
  return out.subarray(0, POOL_BYTES)
}

interface Step {
  readonly slots: Uint8Array
  readonly comma: boolean
}

interface Grammar {
  readonly nouns: readonly (readonly Step[])[]
  readonly verbs: readonly (readonly Step[])[]
  readonly prepositions: Uint8Array
  readonly terminators: Uint8Array
}

function fillPool(out: Uint8Array, { bytes, lengths }: WordTable, grammar: Grammar): void {
  let position = 0
  let seed = SEED
  // The stream's generator once more (random.ts), inlined: 60 million draws.
  const draw = (count: number): number => {
    const product = seed * MULTIPLIER
    seed = product - Math.floor(product / MODULUS) * MODULUS
    if (seed < 0) seed += MODULUS
    return ((seed / MODULUS) * count) | 0
  }
  const put = (slots: Uint8Array): void => {
    const slot = slots[draw(slots.length)]!
    const length = lengths[slot]!
    const start = slot * SLOT_BYTES
    for (let i = 0; i < length; i++) out[position + i] = bytes[start + i]!
    position += length
  }
  const putPhrase = (steps: readonly Step[]): void => {
    for (let i = 0; i < steps.length; i++) {
      const { slots, comma } = steps[i]!
      put(slots)
      if (!comma) continue
      out[position - 1] = COMMA
      out[position++] = SPACE
    }
  }
  const putNouns = (): void => putPhrase(grammar.nouns[NOUN_PHRASES.draws[draw(NOUN_PHRASES.draws.length)]!]!)
  const sentences = SENTENCES.words.map((syntax) => syntax.replaceAll(' ', ''))
  while (position < POOL_BYTES) {
    const sentence = sentences[SENTENCES.draws[draw(SENTENCES.draws.length)]!]!
    for (let i = 0; i < sentence.length; i++) {
      switch (sentence.charCodeAt(i)) {
        case NOUNS_TOKEN:
          putNouns()
          break
        case VERBS_TOKEN:
          putPhrase(grammar.verbs[VERB_PHRASES.draws[draw(VERB_PHRASES.draws.length)]!]!)
          break
        case PREPOSITION_TOKEN:
          put(grammar.prepositions)
          putNouns()
          break
        default:
          // The terminator takes the place of the space after the last word.
          position -= 1
          put(grammar.terminators)
      }
    }
  }
}

/** Comments of one column: an offset and a length from the column's stream. */
export class CommentStream {
  readonly #random: RandomStream
  readonly #pool: Uint8Array
  readonly #lengthMin: number
  readonly #lengthMax: number

  /** Lengths are 0.4 to 1.6 times the average. */
  constructor(pool: Uint8Array, seed: number, averageLength: number, commentsPerRow = 1) {
    this.#random = new RandomStream(seed, 2 * commentsPerRow)
    this.#pool = pool
    this.#lengthMin = Math.trunc(averageLength * 0.4)
    this.#lengthMax = Math.trunc(averageLength * 1.6)
  }

  /** The next comment: bytes of the pool, not copied. */
  next(): { readonly start: number; readonly length: number } {
    const start = this.#random.integer(0, this.#pool.length - this.#lengthMax)
    return { start, length: this.#random.integer(this.#lengthMin, this.#lengthMax) }
  }

  finishRow(): void {
    this.#random.finishRow()
  }

  skipRows(count: number): void {
    this.#random.skipRows(count)
  }
}
