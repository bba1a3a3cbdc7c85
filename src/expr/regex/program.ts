/**
 * A tree as the states of a nondeterministic automaton (Thompson, CACM 11:6, 1968), for reading texts forwards or backwards.
 *
 * | op     | arg            | a          | b          |
 * |--------|----------------|------------|------------|
 * | SET    | set number     | next state |            |
 * | SPLIT  |                | one next   | the other  |
 * | ASSERT | assertion      | next state |            |
 * | ACCEPT |                |            |            |
 *
 * A back reference stands for what its group could match, wherever that is: the automaton accepts too much, and
 * dissect.ts checks.
 */
import { tooComplex } from './error.ts'
import type { RegexNode } from './syntax.ts'

export const SET = 0
export const SPLIT = 1
export const ASSERT = 2
export const ACCEPT = 3

/** States at most: a step from an unknown set of states looks at all of them. */
const STATES_MAX = 20_000
/** Steps of the making, that repetitions of nothing end too. */
const STEPS_MAX = 500_000

export interface Program {
  readonly op: Uint8Array
  readonly arg: Int32Array
  readonly a: Int32Array
  readonly b: Int32Array
  readonly start: number
  /** A bit for each assertion that some state asks about. */
  readonly assertions: number
}

/** `backward`: for texts read from their end. 2201B when it has too many states. */
export function compileProgram(node: RegexNode, backward: boolean): Program {
  const builder = new ProgramBuilder(backward)
  const start = builder.add(node, builder.state(ACCEPT, 0, -1, -1), false)
  return builder.finish(start)
}

class ProgramBuilder {
  readonly #op: number[] = []
  readonly #arg: number[] = []
  readonly #a: number[] = []
  readonly #b: number[] = []
  readonly #backward: boolean
  #assertions = 0
  #steps = 0

  constructor(backward: boolean) {
    this.#backward = backward
  }

  state(op: number, arg: number, a: number, b: number): number {
    if (this.#op.length >= STATES_MAX) throw tooComplex()
    this.#op.push(op)
    this.#arg.push(arg)
    this.#a.push(a)
    this.#b.push(b)
    return this.#op.length - 1
  }

  finish(start: number): Program {
    return {
      op: Uint8Array.from(this.#op),
      arg: Int32Array.from(this.#arg),
      a: Int32Array.from(this.#a),
      b: Int32Array.from(this.#b),
      start,
      assertions: this.#assertions,
    }
  }

  /** The first state of `node`, behind which stands `next`. `free`: assertions are taken to hold (within a back reference). */
  add(node: RegexNode, next: number, free: boolean): number {
    if (++this.#steps > STEPS_MAX) throw tooComplex()
    switch (node.kind) {
      case 'empty':
        return next
      case 'set':
        return this.state(SET, node.set, next, -1)
      case 'assert':
        if (free) return next
        this.#assertions |= 1 << node.assertion
        return this.state(ASSERT, node.assertion, next, -1)
      case 'concat': {
        const parts = this.#backward ? node.parts : node.parts.toReversed()
        return parts.reduce((after, part) => this.add(part, after, free), next)
      }
      case 'alternate':
        return node.branches
          .map((branch) => this.add(branch, next, free))
          .reduceRight((other, branch) => this.state(SPLIT, 0, branch, other))
      case 'group':
        return this.add(node.body, next, free)
      case 'back':
        return this.add(node.group.body, next, true)
      case 'repeat':
        return this.#repeat(node.body, node.min, node.max, next, free)
    }
  }

  #repeat(body: RegexNode, min: number, max: number, next: number, free: boolean): number {
    let entry = next
    if (max === Infinity) {
      entry = this.state(SPLIT, 0, -1, next)
      this.#a[entry] = this.add(body, entry, free)
    } else {
      for (let i = min; i < max; i++) entry = this.state(SPLIT, 0, this.add(body, entry, free), next)
    }
    for (let i = 0; i < min; i++) entry = this.add(body, entry, free)
    return entry
  }
}
