/** Tab completion: keywords, tables and their columns. */
import type { Session } from '../engine/session.ts'
import { currentCatalog, resolveTable } from '../engine/names.ts'

const KEYWORDS = (
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS ON USING AS AND OR NOT IN EXISTS BETWEEN LIKE IS NULL ' +
  'DISTINCT UNION ALL INTERSECT EXCEPT WITH CASE WHEN THEN ELSE END CAST EXPLAIN ANALYZE SHOW TABLES SCHEMAS CATALOGS SET RESET ATTACH DETACH USE ' +
  'CREATE TABLE INSERT INTO VALUES DESCRIBE DROP FOR VERSION TIMESTAMP OF DATE INTERVAL ASC DESC NULLS FIRST LAST COUNT SUM AVG MIN MAX'
).split(' ')

/** Tables offered at most. */
const TABLES_MAX = 1000

/** Words that may stand at the end of `line`, and the part of it that they replace. */
export async function complete(session: Session, line: string): Promise<[string[], string]> {
  const word = /[\w$."]*$/.exec(line)?.[0] ?? ''
  const candidates = new Set<string>()
  for (const name of await tableNames(session, word)) candidates.add(name)
  for (const name of await columnNames(session, line)) candidates.add(name)
  const matches = [...candidates].filter((name) => name.toLowerCase().startsWith(word.toLowerCase())).toSorted()
  const isLower = word !== '' && word === word.toLowerCase()
  const keywords = KEYWORDS.filter((keyword) => word !== '' && keyword.startsWith(word.toUpperCase()))
  return [[...matches, ...keywords.map((k) => (isLower ? k.toLowerCase() : k))], word]
}

async function tableNames(session: Session, word: string): Promise<string[]> {
  const [first, rest] = word.split('.', 2)
  const attached = rest === undefined ? undefined : session.engine.catalogs.get(first!)
  const catalog = attached ?? currentCatalog(session.names)
  const prefix = attached === undefined ? '' : `${first!}.`
  const names: string[] = attached === undefined ? [...session.engine.catalogs.keys()].map((name) => `${name}.`) : []
  for (const schema of await catalog.schemas()) {
    for await (const { name } of catalog.tables(schema)) {
      if (names.length >= TABLES_MAX) return names
      names.push(prefix + name)
    }
  }
  return names
}

/** Columns of the tables named after FROM or JOIN in the line. */
async function columnNames(session: Session, line: string): Promise<string[]> {
  const names: string[] = []
  for (const [, table] of line.matchAll(/\b(?:from|join|into)\s+([\w$.]+)/gi)) {
    const at = { start: 0, end: 0 }
    const parts = table!.split('.').map((name) => ({ name, quoted: false, at }))
    try {
      const { schema } = await resolveTable(session.names, parts, null, at)
      names.push(...schema.fields.map((field) => field.name))
    } catch {
      // A half-typed name is no table yet.
    }
  }
  return names
}
