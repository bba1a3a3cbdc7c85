/** Objects of the catalog by name and number: what casts to regclass, regtype and their like do. */
import { SqlError } from '../../core/errors.ts'
import type { ObjectName } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { quoteIdentifier } from '../../expr/functions/text-quote.ts'
import type { SystemObjects } from '../../plan/bind/context.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import { parse } from '../../sql/parse.ts'
import { systemEntry } from './define-system-function.ts'
import { OWNER_OID } from './rows/row-builder.ts'
import type { SystemRelation, SystemSnapshot } from './system-snapshot.ts'
import { formatType, pgTypeByName, pgTypeOf, typeFunctionOids } from './type-oids.ts'

/** The parts of a name as SQL writes it; 42602 when it is none. */
export function nameParts(text: string): readonly string[] {
  const parts: string[] = []
  const part = /\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*(\.|$)/uy
  for (let end = 0; end < text.length || parts.length === 0; end = part.lastIndex) {
    part.lastIndex = end
    const match = part.exec(text)
    if (match === null) throw new SqlError('42602', `invalid name syntax`)
    parts.push(match[1] === undefined ? match[2]!.toLowerCase() : match[1].replaceAll('""', '"'))
    if (match[3] === '') break
  }
  return parts
}

/** By its name, or its number as text. */
export function findRelation(snapshot: SystemSnapshot, text: string): SystemRelation | undefined {
  if (/^\d+$/.test(text)) return snapshot.relation(Number(text))
  const parts = nameParts(text)
  const [database, ...rest] = parts
  return snapshot.find(parts.length === 3 && database === snapshot.database ? rest : parts)
}

const MISSING: Readonly<Record<ObjectName, readonly [sqlstate: string, what: string]>> = {
  oid: ['22P02', 'oid'],
  regclass: ['42P01', 'relation'],
  regtype: ['42704', 'type'],
  regproc: ['42883', 'function'],
  regnamespace: ['3F000', 'schema'],
  regrole: ['42704', 'role'],
  regcollation: ['42704', 'collation'],
}

const COLLATIONS: Readonly<Record<string, number>> = { default: 100, C: 950, POSIX: 951 }

/** The number of the object of that name; undefined when there is none. */
export function objectNumber(snapshot: SystemSnapshot, as: ObjectName, name: string): number | undefined {
  const text = name.trim()
  if (text === '-') return 0
  if (/^\d{1,10}$/.test(text)) return Number(text)
  switch (as) {
    case 'oid':
      return undefined
    case 'regclass':
      return findRelation(snapshot, text)?.oid
    case 'regtype':
      return typeNumber(text)
    case 'regproc':
      return typeFunctionOids().get(nameParts(text.replace(/\(.*\)$/, '')).at(-1)!)
    case 'regnamespace':
      return snapshot.schemas.find((schema) => schema.name === nameParts(text)[0])?.oid
    case 'regrole':
      return nameParts(text)[0] === snapshot.user ? OWNER_OID : undefined
    case 'regcollation':
      return COLLATIONS[nameParts(text).at(-1)!]
  }
}

function typeNumber(text: string): number | undefined {
  const own = pgTypeByName(text.replace(/^pg_catalog\./, '').toLowerCase())
  if (own !== undefined) return own.oid
  try {
    const [statement] = parse(`select cast(null as ${text})`)
    const body = statement?.kind === 'query' ? statement.query.body : undefined
    const item = body?.kind === 'select' && body.items.length === 1 ? body.items[0]! : undefined
    if (item?.kind !== 'expression' || item.expression.kind !== 'cast') return undefined
    return pgTypeOf(resolveTypeName(item.expression.type)).oid
  } catch (error) {
    if (error instanceof SqlError) return undefined
    throw error
  }
}

/** As PostgreSQL writes it: with its schema only where its plain name means something else. */
function relationText(snapshot: SystemSnapshot, { name, schema, oid }: SystemRelation): string {
  const isVisible = snapshot.find([name])?.oid === oid
  return isVisible ? quoteIdentifier(name) : `${quoteIdentifier(schema.name)}.${quoteIdentifier(name)}`
}

function objectName(snapshot: SystemSnapshot, as: ObjectName, oid: number): string {
  if (oid === 0) return '-'
  return knownName(snapshot, as, oid) ?? String(oid)
}

function knownName(snapshot: SystemSnapshot, as: ObjectName, oid: number): string | undefined {
  switch (as) {
    case 'oid':
      return undefined
    case 'regclass': {
      const relation = snapshot.relation(oid)
      return relation && relationText(snapshot, relation)
    }
    case 'regtype': {
      const text = formatType(oid, null)
      return text === '???' ? undefined : text
    }
    case 'regproc':
      return [...typeFunctionOids()].find(([, number]) => number === oid)?.[0]
    case 'regnamespace': {
      const schema = snapshot.schema(oid)
      return schema && quoteIdentifier(schema.name)
    }
    case 'regrole':
      return oid === OWNER_OID ? quoteIdentifier(snapshot.user) : undefined
    case 'regcollation': {
      const name = Object.keys(COLLATIONS).find((one) => COLLATIONS[one] === oid)
      return name === undefined ? undefined : quoteIdentifier(name)
    }
  }
}

/** The number, or the error that PostgreSQL has for a name of nothing. */
function requiredNumber(snapshot: SystemSnapshot, as: ObjectName, name: string): number {
  const found = objectNumber(snapshot, as, name)
  if (found !== undefined) return found
  const [sqlstate, what] = MISSING[as]
  throw new SqlError(sqlstate, `${what} "${name}" does not exist`)
}

export function systemObjects(snapshot: SystemSnapshot): SystemObjects {
  return {
    number: (as, name) => requiredNumber(snapshot, as, name),
    numberEntry: (as) => systemEntry(as, ([name]): LiteralValue => BigInt(requiredNumber(snapshot, as, String(name)))),
    textEntry: (as) => systemEntry(`${as}out`, ([oid]): LiteralValue => objectName(snapshot, as, Number(oid))),
  }
}
