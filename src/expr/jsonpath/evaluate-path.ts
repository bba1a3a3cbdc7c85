/**
 * What a SQL/JSON path gives for a value: items in order (PostgreSQL's manual, 9.16.2).
 *
 * In lax mode arrays are unwrapped where a step wants something else, and parts that are not there are nothing; in strict mode that is
 * an error. Tests are true, false or unknown (null): an error in a test makes it unknown.
 */
import { ResourceError, SluiceError, SqlError } from '../../core/errors.ts'
import { compileRegex } from '../regex/regex.ts'
import { type Json, JsonNumber, isArray, isObject } from '../values/json.ts'
import { compareItems } from './compare-items.ts'
import { callMethod } from './methods.ts'
import { computeExact, exactOf, integerOf, numberOf } from './path-number.ts'
import { type JsonPath, type PathNode, isTest } from './syntax.ts'

/** Items of all steps of one evaluation: `$.**.**.**` makes more of them than the value has. */
const ITEMS_MAX = 5_000_000

export type Truth = boolean | null

/** Takes an item; false: no more of them. */
type Give = (item: Json) => boolean

export class PathEvaluation {
  readonly #strict: boolean
  readonly #root: Json
  readonly #variables: Json
  #items = 0

  constructor({ strict }: JsonPath, root: Json, variables: Json) {
    this.#strict = strict
    this.#root = root
    this.#variables = variables
  }

  /** The items that the path gives, one by one, until `give` is false: those before an error are given. 2203x, 22012, 42704. */
  each({ root }: JsonPath, give: Give): void {
    this.#each(root, { current: this.#root, last: -1 }, give)
  }

  /** Whether the path gives an item. In lax mode the first one says so; in strict mode one after it could be an error. 2203x, 22012, 42704. */
  exists({ root }: JsonPath): boolean {
    let found = false
    const place = { current: this.#root, last: -1 }
    if (!this.#strict && root.kind === 'sign') {
      // What is no number has no sign, and whether there is one is all that is asked.
      this.#eachUnwrapped(root.of, place, (item) => !(found ||= item instanceof JsonNumber))
    } else {
      this.#each(root, place, () => {
        found = true
        return this.#strict
      })
    }
    return found
  }

  #evaluate(node: PathNode, at: Place): readonly Json[] {
    const items: Json[] = []
    this.#each(node, at, (item) => items.push(item) > 0)
    return items
  }

  /** Whether to go on. */
  #each(node: PathNode, at: Place, give: Give): boolean {
    if (isTest(node)) return give(this.#test(node, at))
    const counted = (item: Json): boolean => {
      if (++this.#items > ITEMS_MAX) throw new ResourceError('54000', 'the jsonpath gives too many items')
      return give(item)
    }
    const all = (items: Iterable<Json>): boolean => {
      for (const item of items) if (!counted(item)) return false
      return true
    }
    switch (node.kind) {
      case 'root':
        return counted(this.#root)
      case 'current':
        return counted(at.current)
      case 'last':
        return counted(new JsonNumber(String(at.last)))
      case 'literal':
        return counted(node.value)
      case 'variable':
        return counted(this.#variable(node.name))
      case 'key':
        return this.#eachUnwrapped(node.of, at, (item) => all(this.#member(item, node.name)))
      case 'anyKey':
        return this.#eachUnwrapped(node.of, at, (item) => {
          if (isObject(item)) return all(item.values())
          return all(this.#absent('2203C', 'jsonpath wildcard member accessor can only be applied to an object'))
        })
      case 'anyItem':
        return this.#each(node.of, at, (item) => {
          if (isArray(item)) return all(item)
          if (!this.#strict) return counted(item)
          return all(this.#absent('22039', 'jsonpath wildcard array accessor can only be applied to an array'))
        })
      case 'anyDepth':
        return this.#each(node.of, at, (item) => all(levels(item, node.from, node.to)))
      case 'items':
        return this.#each(node.of, at, (item) => all(this.#places(node.ranges, item, at)))
      case 'filter':
        return this.#eachUnwrapped(node.of, at, (item) =>
          this.#test(node.test, { ...at, current: item }) === true ? counted(item) : true,
        )
      case 'method': {
        const one = (item: Json): boolean => all(callMethod(node.name, item, this.#strict))
        const whole = node.name === 'type' || node.name === 'size'
        return whole ? this.#each(node.of, at, one) : this.#eachUnwrapped(node.of, at, one)
      }
      case 'sign':
        return this.#eachUnwrapped(node.of, at, (item) => counted(signed(item, node.negative)))
      case 'arithmetic': {
        const left = this.#operand(node.left, node.op, 'left', at)
        return counted(computeExact(node.op, left, this.#operand(node.right, node.op, 'right', at)))
      }
    }
  }

  #variable(name: string): Json {
    const value = isObject(this.#variables) ? this.#variables.get(name) : undefined
    if (value === undefined) throw new SqlError('42704', `could not find jsonpath variable "${name}"`)
    return value
  }

  /** The items of a node, in lax mode those of arrays instead of the arrays. */
  #eachUnwrapped(node: PathNode, at: Place, give: Give): boolean {
    return this.#each(node, at, (item) => {
      if (this.#strict || !isArray(item)) return give(item)
      return item.every(give)
    })
  }

  #unwrapped(node: PathNode, at: Place): readonly Json[] {
    const items: Json[] = []
    this.#eachUnwrapped(node, at, (item) => items.push(item) > 0)
    return items
  }

  /** Nothing in lax mode, an error in strict mode. */
  #absent(sqlstate: string, message: string): readonly Json[] {
    if (!this.#strict) return []
    throw new SqlError(sqlstate, message)
  }

  #member(item: Json, name: string): readonly Json[] {
    if (!isObject(item)) return this.#absent('2203A', 'jsonpath member accessor can only be applied to an object')
    const found = item.get(name)
    return found === undefined ? this.#absent('2203A', `JSON object does not contain key "${name}"`) : [found]
  }

  #places(ranges: Extract<PathNode, { kind: 'items' }>['ranges'], item: Json, at: Place): readonly Json[] {
    if (!isArray(item) && this.#strict) {
      return this.#absent('22039', 'jsonpath array accessor can only be applied to an array')
    }
    const array = isArray(item) ? item : [item]
    const within = { ...at, last: array.length - 1 }
    return ranges.flatMap((range) => {
      const from = this.#place(range.from, within)
      const to = range.to === null ? from : this.#place(range.to, within)
      if (this.#strict && (from < 0 || from > to || to >= array.length)) {
        throw new SqlError('22033', 'jsonpath array subscript is out of bounds')
      }
      return array.slice(Math.max(0, from), Math.max(0, to + 1))
    })
  }

  #place(node: PathNode, at: Place): number {
    const [item, ...more] = this.#evaluate(node, at)
    if (!(item instanceof JsonNumber) || more.length > 0) {
      throw new SqlError('22033', 'jsonpath array subscript is not a single numeric value')
    }
    const place = integerOf(item)
    if (Math.abs(place) > 0x7fffffff) {
      throw new SqlError('22033', 'jsonpath array subscript is out of integer range')
    }
    return place
  }

  #operand(node: PathNode, op: string, side: string, at: Place): JsonNumber {
    const [item, ...more] = this.#unwrapped(node, at)
    if (item instanceof JsonNumber && more.length === 0) return item
    throw new SqlError('22038', `${side} operand of jsonpath operator ${op} is not a single numeric value`)
  }

  #test(node: PathNode, at: Place): Truth {
    switch (node.kind) {
      case 'and': {
        const left = this.#test(node.left, at)
        if (left === false) return false
        const right = this.#test(node.right, at)
        return right === true ? left : right
      }
      case 'or': {
        const left = this.#test(node.left, at)
        if (left === true) return true
        const right = this.#test(node.right, at)
        return right === false ? left : right
      }
      case 'not': {
        const truth = this.#test(node.of, at)
        return truth === null ? null : !truth
      }
      case 'isUnknown':
        return this.#test(node.of, at) === null
      case 'exists':
        return unknownOnError(() => this.#evaluate(node.of, at).length > 0)
      case 'compare':
        return this.#some(node.left, node.right, at, (a, b) => compareItems(node.op, a, b))
      case 'startsWith':
        return this.#some(node.of, node.prefix, at, (a, b) =>
          typeof a === 'string' && typeof b === 'string' ? a.startsWith(b) : null,
        )
      case 'likeRegex':
        return this.#some(node.of, null, at, (a) =>
          typeof a === 'string' ? matches(a, node.pattern, node.flags) : null,
        )
      default:
        throw new SqlError('42601', 'a jsonpath filter must be a test')
    }
  }

  /** Whether some pair of items passes; in strict mode a pair that cannot be told makes all unknown. */
  #some(left: PathNode, right: PathNode | null, at: Place, test: (a: Json, b: Json) => Truth): Truth {
    return unknownOnError(() => {
      const ones = this.#unwrapped(left, at)
      const others = right === null ? [null] : this.#unwrapped(right, at)
      let [found, unknown] = [false, false]
      for (const one of ones) {
        for (const other of others) {
          const truth = test(one, other)
          if (truth === null && this.#strict) return null
          if (truth === true && !this.#strict) return true
          unknown ||= truth === null
          found ||= truth === true
        }
      }
      if (found) return true
      return unknown ? null : false
    })
  }
}

/** What `@` and `last` stand for. */
interface Place {
  readonly current: Json
  readonly last: number
}

function unknownOnError(test: () => Truth): Truth {
  try {
    return test()
  } catch (error) {
    if (error instanceof SluiceError && isPathError(error)) return null
    throw error
  }
}

/** Errors of data, which `silent` and tests swallow; not those of the path itself, nor limits. */
export function isPathError({ sqlstate }: SluiceError): boolean {
  return sqlstate.startsWith('22')
}

function signed(item: Json, negative: boolean): Json {
  if (!(item instanceof JsonNumber)) {
    throw new SqlError('2203B', `operand of unary jsonpath operator ${negative ? '-' : '+'} is not a numeric value`)
  }
  const { value, scale } = exactOf(item)
  return negative ? numberOf({ value: -value, scale }) : item
}

/** The values at the levels below an item, it itself being level 0. `Infinity` as the first level: those that have no parts. */
function levels(item: Json, from: number, to: number): readonly Json[] {
  const found: Json[] = []
  const walk = (value: Json, level: number): void => {
    const parts = isArray(value) ? value : isObject(value) ? [...value.values()] : []
    if (from === Infinity ? parts.length === 0 && !isArray(value) && !isObject(value) : level >= from && level <= to) {
      found.push(value)
    }
    if (level < to) for (const part of parts) walk(part, level + 1)
  }
  walk(item, 0)
  return found
}

function matches(text: string, pattern: string, flags: string): boolean {
  const regex = compileRegex(pattern, flags)
  const bytes = Buffer.from(text, 'utf8')
  return regex.test(regex.subject(bytes, 0, bytes.length))
}
