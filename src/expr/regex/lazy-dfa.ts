/**
 * A deterministic automaton whose states are made when a text first needs them (Aho, Sethi, Ullman, 3.7; as in grep and RE2).
 *
 * A state is a set of the program's states: those that wait for a character, for an assertion, or accept. What an assertion says
 * hangs on the place in the text, so a step takes the bits of those that hold there; most places have none.
 *
 *   table of a mask:   next[state << shift | class]  ->  state, -1 where not known yet
 *                      accept[state]                 ->  0, 1, -1 where not known yet
 *
 * Time is linear in the text: a step is a look into a table or, at worst, a walk over the program's states.
 * Memory is bounded: when there are too many states, all are forgotten and made anew.
 */
import type { Alphabet } from './char-set.ts'
import { ACCEPT, ASSERT, type Program, SET, SPLIT } from './program.ts'

/** The state in which no text is accepted any more. */
export const DEAD = 0

/** What is known of steps at places where the same assertions hold. */
export interface StepTable {
  readonly mask: number
  next: Int32Array
  accept: Int8Array
}

/** Entries of all tables of an automaton, in states: 1 MiB for 32 classes. */
const STATES_MAX = 8192

export class LazyDfa {
  readonly program: Program
  readonly alphabet: Alphabet
  /** The number of bits of a class: `1 << shift` classes have room. */
  shift: number
  /** The table of places where no assertion holds. */
  plain: StepTable
  readonly #search: boolean
  #tables: Map<number, StepTable>
  #states: Int32Array[] = []
  #numbers = new Map<string, number>()
  /** Sum of the sizes of the states' sets. */
  #size = 0
  #start = -1
  #room = 16
  readonly #stack: Int32Array
  readonly #seen: Int32Array
  #stamp = 0

  /** `search`: a match may begin at every place that is passed. */
  constructor(program: Program, alphabet: Alphabet, search: boolean) {
    this.program = program
    this.alphabet = alphabet
    this.#search = search
    this.shift = shiftFor(alphabet.members.length)
    this.plain = this.#table(0)
    this.#tables = new Map([[0, this.plain]])
    this.#stack = new Int32Array(program.op.length * 2 + 2)
    this.#seen = new Int32Array(program.op.length)
    this.#reset()
  }

  /** The state before anything has been read. May forget all states: none from before may be used. */
  start(): number {
    if (this.#start < 0) {
      this.#stamp++
      const set: number[] = []
      this.#close(this.program.start, 0, set)
      this.#start = this.#intern(set)
    }
    return this.#start
  }

  tableFor(mask: number): StepTable {
    let table = this.#tables.get(mask)
    if (table === undefined) this.#tables.set(mask, (table = this.#table(mask)))
    return table
  }

  /** Whether what has been read so far is a match, at a place with the table's mask. */
  accepts(state: number, table: StepTable): boolean {
    const known = table.accept[state]!
    if (known >= 0) return known === 1
    const { op } = this.program
    const accepted = this.#reached(state, table.mask).some((at) => op[at] === ACCEPT)
    table.accept[state] = accepted ? 1 : 0
    return accepted
  }

  /** The next state, which the table does not know yet. May forget all states but the result: tables are to be read anew. */
  step(state: number, charClass: number, mask: number): number {
    const { op, arg, a } = this.program
    const members = this.alphabet.members[charClass]!
    const reached = this.#reached(state, mask)
    this.#stamp++
    const set: number[] = []
    for (const at of reached) if (op[at] === SET && members[arg[at]!] === 1) this.#close(a[at]!, 0, set)
    if (this.#search) this.#close(this.program.start, 0, set)
    if (charClass >> this.shift !== 0) {
      this.shift = shiftFor(this.alphabet.members.length)
      this.#reset()
      return this.#intern(set)
    }
    const { length } = this.#states
    const next = this.#intern(set)
    // Fewer than before: the states were forgotten, that one too from which the step went.
    if (this.#states.length >= length) this.tableFor(mask).next[(state << this.shift) | charClass] = next
    return next
  }

  /** The states of the program that a set of them leads to where `mask` holds. */
  #reached(state: number, mask: number): readonly number[] | Int32Array {
    const set = this.#states[state]!
    if (mask === 0) return set
    this.#stamp++
    const reached: number[] = []
    for (const at of set) this.#close(at, mask, reached)
    return reached
  }

  /** Adds the states that are reached from `from` without reading, once each in a stamp. */
  #close(from: number, mask: number, into: number[]): void {
    const { op, arg, a, b } = this.program
    const stack = this.#stack
    const seen = this.#seen
    let depth = 0
    stack[depth++] = from
    while (depth > 0) {
      const at = stack[--depth]!
      if (seen[at] === this.#stamp) continue
      seen[at] = this.#stamp
      if (op[at] === SPLIT) {
        stack[depth++] = b[at]!
        stack[depth++] = a[at]!
      } else if (op[at] === ASSERT && ((mask >> arg[at]!) & 1) === 1) {
        stack[depth++] = a[at]!
      } else {
        into.push(at)
      }
    }
  }

  #intern(set: number[]): number {
    const sorted = Int32Array.from(set).sort()
    const key = sorted.join()
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#states.length >= STATES_MAX || this.#size + sorted.length > STATES_MAX * 64) this.#reset()
    return this.#add(sorted, key)
  }

  #add(sorted: Int32Array, key: string): number {
    const number = this.#states.length
    if (number >= this.#room) this.#grow()
    this.#states.push(sorted)
    this.#numbers.set(key, number)
    this.#size += sorted.length
    this.plain.accept[number] = sorted.some((at) => this.program.op[at] === ACCEPT) ? 1 : 0
    return number
  }

  #reset(): void {
    this.#states = []
    this.#numbers.clear()
    this.#size = 0
    this.#start = -1
    this.#room = 16
    this.plain = this.#table(0)
    this.#tables = new Map([[0, this.plain]])
    this.#add(new Int32Array(0), '')
    if (this.#search) return
    // From the dead state no step leads anywhere: the loops need not look for it where they would step.
    this.plain.next.fill(DEAD, 0, 1 << this.shift)
  }

  #table(mask: number): StepTable {
    return {
      mask,
      next: new Int32Array(this.#room << this.shift).fill(-1),
      accept: new Int8Array(this.#room).fill(-1),
    }
  }

  #grow(): void {
    this.#room *= 2
    for (const table of this.#tables.values()) {
      const { next, accept } = table
      table.next = new Int32Array(this.#room << this.shift).fill(-1)
      table.next.set(next)
      table.accept = new Int8Array(this.#room).fill(-1)
      table.accept.set(accept)
    }
  }
}

function shiftFor(classes: number): number {
  // Room for some classes that a text brings.
  return 32 - Math.clz32(classes + 2)
}
