/** The command tag of a statement that only its first words tell: `UPDATE`, `CREATE VIEW`, `ALTER TABLE`. */
import type { Tokens } from './lexer.ts'

/** Say how or for how long, not what. */
const MODIFIERS = new Set([
  'or',
  'replace',
  'temp',
  'temporary',
  'local',
  'global',
  'unlogged',
  'unique',
  'recursive',
  'trusted',
  'procedural',
  'constraint',
  'external',
  'persistent',
])
/** Kinds of object named by two words. */
const PAIRS = new Set([
  'materialized view',
  'materialized table',
  'foreign table',
  'foreign data',
  'event trigger',
  'text search',
  'user mapping',
  'access method',
  'streaming table',
  'default privileges',
  'operator class',
  'operator family',
  'large object',
])
const WITH_OBJECT = new Set(['create', 'alter', 'drop', 'set', 'discard', 'comment', 'execute'])
const ROLLBACK_TO = new Set(['rollback', 'commit'])

/** Tag of the statement that begins at `token`. */
export function commandTag(tokens: Tokens, token: number): string {
  const word = (index: number): string => tokens.values[index] ?? ''
  const first = word(token)
  if (ROLLBACK_TO.has(first)) {
    return word(token + 1) === 'prepared' ? `${first} prepared`.toUpperCase() : 'ROLLBACK TO SAVEPOINT'
  }
  if (!WITH_OBJECT.has(first) || first === 'comment' || first === 'execute') return first.toUpperCase()
  let next = token + 1
  while (MODIFIERS.has(word(next))) next += 1
  const pair = `${word(next)} ${word(next + 1)}`
  const object = PAIRS.has(pair) ? pair : word(next)
  return `${first} ${object}`.toUpperCase()
}
