/** The type that JSON values have in common. */
import {
  BIGINT,
  BOOLEAN,
  type DataType,
  DOUBLE,
  type Field,
  JSON_TEXT,
  NULL_TYPE,
  VARCHAR,
  decimal,
  listOf,
} from '../../core/types.ts'
import { type Json, JsonNumber, isArray, isObject } from '../../expr/values/json.ts'
import type { TextValues } from '../csv/layout.ts'
import { TypeGuess } from '../text/infer-type.ts'

/** Objects with more keys are taken for maps, which stay JSON. */
const KEYS_MAX = 500

type Kind = 'boolean' | 'number' | 'string' | 'object' | 'array'

export class JsonShape {
  readonly #values: TextValues
  readonly #depth: number
  readonly #kinds = new Set<Kind>()
  #numbers: TypeGuess | undefined
  #texts: TypeGuess | undefined
  #element: JsonShape | undefined
  readonly members: Map<string, JsonShape> = new Map()

  /** `depth`: levels that may still become types. */
  constructor(values: TextValues, depth: number) {
    this.#values = values
    this.#depth = depth
  }

  add(json: Json): void {
    if (json === null) return
    if (typeof json === 'boolean') this.#kinds.add('boolean')
    else if (json instanceof JsonNumber) {
      this.#kinds.add('number')
      ;(this.#numbers ??= new TypeGuess(this.#values)).add(json.text)
    } else if (typeof json === 'string') {
      this.#kinds.add('string')
      ;(this.#texts ??= new TypeGuess(this.#values)).add(json)
    } else if (isArray(json)) {
      this.#kinds.add('array')
      if (this.#depth <= 0) return
      this.#element ??= new JsonShape(this.#values, this.#depth - 1)
      for (const item of json) this.#element.add(item)
    } else if (isObject(json)) this.#addObject(json)
  }

  #addObject(json: ReadonlyMap<string, Json>): void {
    this.#kinds.add('object')
    if (this.#depth <= 0 || this.members.size > KEYS_MAX) return
    for (const [key, value] of json) {
      let member = this.members.get(key)
      if (member === undefined) this.members.set(key, (member = new JsonShape(this.#values, this.#depth - 1)))
      member.add(value)
    }
  }

  /** Only objects, or nothing, were seen. */
  get isObject(): boolean {
    return this.#kinds.size === 1 && this.#kinds.has('object')
  }

  get isEmpty(): boolean {
    return this.#kinds.size === 0
  }

  /** The type null when only nulls were seen. */
  get type(): DataType {
    const [kind, other] = this.#kinds
    if (kind === undefined) return NULL_TYPE
    if (other !== undefined) return JSON_TEXT
    switch (kind) {
      case 'boolean':
        return BOOLEAN
      case 'number':
        return numberType(this.#numbers!.type)
      case 'string':
        return textType(this.#texts!.type)
      case 'array':
        return this.#element === undefined ? JSON_TEXT : listOf(settled(this.#element.type))
      case 'object':
        return this.#objectType()
    }
  }

  #objectType(): DataType {
    if (this.members.size === 0 || this.members.size > KEYS_MAX) return JSON_TEXT
    const fields: Field[] = []
    for (const [name, member] of this.members) fields.push({ name, type: settled(member.type), nullable: true })
    return { kind: 'struct', fields }
  }
}

function settled(type: DataType): DataType {
  return type.kind === 'null' ? JSON_TEXT : type
}

/** 0 and 1 are no booleans here. */
function numberType(type: DataType): DataType {
  return type.kind === 'decimal' ? decimal(38, 0) : type.kind === 'bigint' ? BIGINT : DOUBLE
}

/** Strings of digits stay strings. */
function textType(type: DataType): DataType {
  return type.kind === 'date' || type.kind === 'time' || type.kind === 'timestamp' ? type : VARCHAR
}
