/** Sets of characters as regular expressions write them, and the classes of characters that a pattern tells apart. */

export type ClassName =
  | 'alnum'
  | 'alpha'
  | 'blank'
  | 'cntrl'
  | 'digit'
  | 'graph'
  | 'lower'
  | 'print'
  | 'punct'
  | 'space'
  | 'upper'
  | 'word'
  | 'xdigit'

/** A part of a set: characters from `low` to `high` (code points), or a class or all but a class. */
export type CharSetPart =
  | { readonly low: number; readonly high: number }
  | { readonly name: ClassName; readonly negated: boolean }

export interface CharSet {
  readonly parts: readonly CharSetPart[]
  readonly negated: boolean
  /** A character belongs to the set when its upper or lower case does. */
  readonly fold: boolean
  /** Newline is never in it, whatever the parts say. */
  readonly withoutNewline: boolean
}

/** ASCII spelt out, as most text is; beyond it what Unicode says. */
const CLASSES: Record<ClassName, RegExp> = {
  alnum: /[\p{Alphabetic}\p{Nd}]/u,
  alpha: /\p{Alphabetic}/u,
  blank: /[ \t]/u,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/u,
  graph: /[^\p{White_Space}\p{C}]/u,
  lower: /\p{Lowercase}/u,
  print: /[^\p{Zl}\p{Zp}\p{C}]/u,
  punct: /[!-/:-@[-`{-~]|(?![\p{ASCII}])[\p{P}\p{S}]/u,
  space: /[\t-\r \u0085\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]/u,
  upper: /\p{Uppercase}/u,
  word: /[\p{Alphabetic}\p{Nd}_]/u,
  xdigit: /[0-9A-Fa-f]/u,
}

export function isClassName(name: string): name is ClassName {
  return Object.hasOwn(CLASSES, name)
}

function partHas(part: CharSetPart, point: number, char: string): boolean {
  return 'low' in part ? point >= part.low && point <= part.high : CLASSES[part.name].test(char) !== part.negated
}

/** The other cases of a character, each one character long. */
export function caseVariants(char: string): readonly string[] {
  const variants = [char.toLowerCase(), char.toUpperCase()]
  return variants.filter((variant) => variant !== char && [...variant].length === 1)
}

export function setHas(set: CharSet, point: number): boolean {
  if (set.withoutNewline && point === NEWLINE) return false
  const char = String.fromCodePoint(point)
  let found = set.parts.some((part) => partHas(part, point, char))
  if (!found && set.fold) {
    found = caseVariants(char).some((variant) =>
      set.parts.some((part) => partHas(part, variant.codePointAt(0)!, variant)),
    )
  }
  return found !== set.negated
}

export const NEWLINE = 10

/**
 * Characters that belong to the same sets are one class: automata step by class. The classes of ASCII are found when the pattern
 * is compiled, others when a text first has such a character.
 */
export class Alphabet {
  readonly sets: readonly CharSet[]
  /** The class of each of the 128 ASCII characters. */
  readonly ascii: Uint8Array = new Uint8Array(128)
  /** For each class: 1 for the sets that its characters are in. */
  readonly members: Uint8Array[] = []
  readonly #bySignature = new Map<string, number>()
  readonly #byPoint = new Map<number, number>()

  constructor(sets: readonly CharSet[]) {
    this.sets = sets
    for (let point = 0; point < 128; point++) this.ascii[point] = this.#find(point)
  }

  /** The class of a code point. */
  classOf(point: number): number {
    if (point < 128) return this.ascii[point]!
    let found = this.#byPoint.get(point)
    if (found === undefined) {
      // Far more than the characters of any language in use at a time.
      if (this.#byPoint.size >= POINTS_MAX) this.#byPoint.clear()
      this.#byPoint.set(point, (found = this.#find(point)))
    }
    return found
  }

  #find(point: number): number {
    const members = Uint8Array.from(this.sets, (set) => (setHas(set, point) ? 1 : 0))
    const signature = Buffer.from(members).toString('latin1')
    let found = this.#bySignature.get(signature)
    if (found === undefined) {
      found = this.members.length
      this.#bySignature.set(signature, found)
      this.members.push(members)
    }
    return found
  }
}

const POINTS_MAX = 65_536
