/** Nodes of the foreign parser's tree: what is read is named, and what nobody read is refused, so that nothing is dropped unseen. */
import { type SqlError, unsupported } from '../../core/errors.ts'

export type ForeignValue = unknown

/** 0A000 that names the construct. */
export function cannotConvert(what: string): SqlError {
  return unsupported(`${what} in another dialect`, {
    hint: "Write it in this engine's own SQL: SET dialect = 'postgresql'.",
  })
}

/** A node's fields, each read at most once; `done` refuses those that say something and were not read. */
export class ForeignNode {
  readonly #fields: Readonly<Record<string, ForeignValue>>
  readonly #read = new Set<string>()
  readonly what: string

  constructor(value: ForeignValue, what: string) {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw cannotConvert(`${what} ${shown(value)}`)
    this.#fields = value as Record<string, ForeignValue>
    this.what = what
  }

  /** Any value; undefined where there is none or it says nothing. */
  take(key: string): ForeignValue {
    this.#read.add(key)
    const value = this.#fields[key]
    return saysNothing(value) ? undefined : value
  }

  node(key: string): ForeignNode | null {
    const value = this.take(key)
    return value === undefined ? null : new ForeignNode(value, `${key} of ${this.what}`)
  }

  list(key: string): readonly ForeignValue[] {
    const value = this.take(key)
    if (value === undefined) return []
    if (!Array.isArray(value)) throw this.refusal(key, value)
    return value as ForeignValue[]
  }

  text(key: string): string | null {
    const value = this.take(key)
    if (value === undefined) return null
    if (typeof value !== 'string') throw this.refusal(key, value)
    return value
  }

  /** True or absent. */
  flag(key: string): boolean {
    const value = this.take(key)
    if (value !== undefined && value !== true) throw this.refusal(key, value)
    return value === true
  }

  refusal(key: string, value: ForeignValue): SqlError {
    return cannotConvert(`${this.what} with ${key} ${shown(value)}`)
  }

  done(): void {
    for (const [key, value] of Object.entries(this.#fields)) {
      if (!this.#read.has(key) && !saysNothing(value)) throw this.refusal(key, value)
    }
  }
}

/** null, false, '', [], and objects of such. */
function saysNothing(value: ForeignValue): boolean {
  if (value === null || value === undefined || value === false || value === '') return true
  if (Array.isArray(value)) return value.every(saysNothing)
  return typeof value === 'object' && Object.values(value).every(saysNothing)
}

function shown(value: ForeignValue): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 60)
}
