/** PostgreSQL's array literals: `{1,NULL,"a b",{2,3}}`. */
import { SqlError } from '../../core/errors.ts'

/** A parsed literal: text of an element, null, or a list within. */
export type ListText = string | null | readonly ListText[]

/** Lists within lists at most. */
const DEPTH_MAX = 16

/** The elements that `text` writes. 22P02 when it is no array literal. */
export function parseListText(text: string): readonly ListText[] {
  const source = text.trim()
  let at = 0
  const fail = (): never => {
    throw new SqlError('22P02', `malformed array literal: "${text}"`)
  }
  const skipBlanks = (): void => {
    while (/\s/.test(source[at] ?? '')) at++
  }

  function quoted(): string {
    let value = ''
    for (at++; source[at] !== '"'; at++) {
      if (source[at] === '\\') at++
      if (at >= source.length) fail()
      value += source[at]
    }
    at++
    return value
  }

  function plain(): string | null {
    const start = at
    let value = ''
    for (; at < source.length && source[at] !== ',' && source[at] !== '}'; at++) {
      if (source[at] === '{' || source[at] === '"') fail()
      if (source[at] === '\\') at++
      value += source[at] ?? fail()
    }
    if (at === start) fail()
    value = value.trimEnd()
    return value.toUpperCase() === 'NULL' ? null : value
  }

  function list(depth: number): readonly ListText[] {
    if (source[at] !== '{' || depth > DEPTH_MAX) fail()
    at++
    skipBlanks()
    const values: ListText[] = []
    if (source[at] === '}') {
      at++
      return values
    }
    for (;;) {
      skipBlanks()
      values.push(source[at] === '{' ? list(depth + 1) : source[at] === '"' ? quoted() : plain())
      skipBlanks()
      const next = source[at++]
      if (next === '}') return values
      if (next !== ',') fail()
    }
  }

  const values = list(1)
  if (at !== source.length) fail()
  return values
}
