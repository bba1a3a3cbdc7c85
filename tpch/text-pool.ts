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

/** Bytes of a slot in the table of words: the longest word ("hockey players", "shall have to") and what follows it. */
const SLOT_BYTES = 24
const SLOT_NUMBERS = SLOT_BYTES / 8

/**
 * All words in one table of slots, so that the loop below touches typed arrays only: word w has `lengths[w]` bytes, which lie in 3 floating-point
 * numbers from 3 * w on. Copying a number copies 8 letters; letters are never NaN, the one number that is not copied bit for bit.
 */
class WordTable {
  readonly numbers: Float64Array = new Float64Array(SLOT_NUMBERS * 512)
  readonly lengths: Uint8Array = new Uint8Array(512)
  /** The slot of each equally likely draw of each kind of word, kind after kind. */
  readonly slots: number[] = []
  readonly kinds: Kind[] = []
  readonly #bytes = new Uint8Array(this.numbers.buffer)
  #count = 0

  /** Adds the words of a distribution with what follows each; gives the number of the kind. */
  add({ words, draws }: Distribution, ending: string): number {
    const first = this.#count
    for (const word of words) {
      this.#bytes.set(Buffer.from(word + ending, 'latin1'), this.#count * SLOT_BYTES)
      this.lengths[this.#count++] = word.length + ending.length
    }
    this.kinds.push({ first: this.slots.length, count: draws.length })
    for (const word of draws) this.slots.push(first + word)
    return this.kinds.length - 1
  }
}

interface Kind {
  readonly first: number
  readonly count: number
}

/** A step of a sentence: a word of a kind, or, below 0, a phrase: -1 nouns, -2 verbs. */
type Step = number

const NOUN_STEP = -1
const VERB_STEP = -2

/** Makes the pool; about a second. */
export function makeTextPool(): Uint8Array {
  const out = new Uint8Array(new SharedArrayBuffer(POOL_BYTES + SENTENCE_BYTES_MAX))
  const table = new WordTable()
  const kinds: Readonly<Record<string, number>> = {
    J: table.add(ADJECTIVES, ' '),
    // "J, J N": the comma takes the place of the space after the first adjective.
    ',': table.add(ADJECTIVES, ', '),
    D: table.add(ADVERBS, ' '),
    N: table.add(NOUNS, ' '),
    V: table.add(VERBS, ' '),
    X: table.add(AUXILIARIES, ' '),
    P: table.add(PREPOSITIONS, ' the '),
    T: table.add(TERMINATORS, ' '),
  }
  const wordsOf = (syntax: string): Step[] =>
    [...syntax.replaceAll(' ', '').replaceAll('J,', ',')].map((kind) => kinds[kind]!)
  const stepsOf = (kind: string): Step[] =>
    kind === 'N' ? [NOUN_STEP] : kind === 'V' ? [VERB_STEP] : kind === 'P' ? [kinds['P']!, NOUN_STEP] : [kinds['T']!]
  fillPool(out, table, {
    nouns: Array.from(NOUN_PHRASES.draws, (i) => wordsOf(NOUN_PHRASES.words[i]!)),
    verbs: Array.from(VERB_PHRASES.draws, (i) => wordsOf(VERB_PHRASES.words[i]!)),
    sentences: Array.from(SENTENCES.draws, (i) => [...SENTENCES.words[i]!.replaceAll(' ', '')].flatMap(stepsOf)),
    terminator: kinds['T']!,
  })
  return out.subarray(0, POOL_BYTES)
}

/** Steps of each equally likely draw of a phrase or sentence. */
interface Grammar {
  readonly nouns: readonly (readonly Step[])[]
  readonly verbs: readonly (readonly Step[])[]
  readonly sentences: readonly (readonly Step[])[]
  readonly terminator: number
}

function fillPool(out: Uint8Array, { numbers, lengths, slots, kinds }: WordTable, grammar: Grammar): void {
  const view = new DataView(out.buffer)
  const slotTable = Uint16Array.from(slots)
  const firsts = Int32Array.from(kinds, ({ first }) => first)
  const counts = Int32Array.from(kinds, ({ count }) => count)
  const { nouns, verbs, sentences, terminator } = grammar
  let position = 0
  let seed = SEED
  while (position < POOL_BYTES) {
    seed = nextSeed(seed)
    const sentence = sentences[choice(seed, sentences.length)]!
    for (let i = 0; i < sentence.length; i++) {
      let step = sentence[i]!
      let phrase = sentence
      let last = i
      if (step < 0) {
        const phrases = step === NOUN_STEP ? nouns : verbs
        seed = nextSeed(seed)
        phrase = phrases[choice(seed, phrases.length)]!
        last = phrase.length - 1
        step = phrase[0]!
      } else if (step === terminator) {
        // It takes the place of the space after the last word.
        position -= 1
      }
      for (let k = phrase === sentence ? i : 0; ; step = phrase[++k]!) {
        seed = nextSeed(seed)
        const slot = slotTable[firsts[step]! + choice(seed, counts[step]!)]!
        const length = lengths[slot]!
        view.setFloat64(position, numbers[SLOT_NUMBERS * slot]!, true)
        if (length > 8) {
          view.setFloat64(position + 8, numbers[SLOT_NUMBERS * slot + 1]!, true)
          view.setFloat64(position + 16, numbers[SLOT_NUMBERS * slot + 2]!, true)
        }
        position += length
        if (k === last) break
      }
    }
  }
}

/**
 * The stream's generator once more (random.ts), in 32-bit integers for 60 million draws: 2^31 is 1 modulo 2^31 - 1, so the high part of
 * the product is added to the low part.
 */
function nextSeed(seed: number): number {
  const high = Math.imul(seed >>> 16, MULTIPLIER)
  const sum = (Math.imul(seed & 0xffff, MULTIPLIER) + ((high & 0x7fff) << 16) + (high >>> 15)) | 0
  return ((sum & MODULUS) + (sum >>> 31)) | 0
}

/** The draw in [0, count) that a state of the generator stands for. */
function choice(seed: number, count: number): number {
  return ((seed / MODULUS) * count) | 0
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
