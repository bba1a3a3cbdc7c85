/** How many bytes tables take: those of the data files that they consist of now. */
import { SqlError } from '../../../core/errors.ts'
import { BIGINT, type DataType, VARCHAR } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { SystemFunctionDefinition } from '../define-system-function.ts'
import { OID } from '../relation-columns.ts'
import type { SystemSnapshot } from '../system-snapshot.ts'
import { relationOf } from './object-functions.ts'

const sizes = new WeakMap<SystemSnapshot, ReadonlyMap<number, number>>()

/** Tables that are asked at once. */
const AT_ONCE = 16

async function loadSizes(snapshot: SystemSnapshot): Promise<void> {
  if (sizes.has(snapshot)) return
  const bytes = new Map<number, number>()
  const tables = snapshot.relations.filter(({ table }) => table !== undefined)
  for (let from = 0; from < tables.length; from += AT_ONCE) {
    await Promise.all(
      tables.slice(from, from + AT_ONCE).map(async ({ oid, table }) => {
        const statistics = await table!.statistics()
        bytes.set(oid, Math.max(0, Math.round(statistics.byteCount ?? 0)))
      }),
    )
  }
  sizes.set(snapshot, bytes)
}

function sizeOf(snapshot: SystemSnapshot, table: LiteralValue): bigint | null {
  const relation = relationOf(snapshot, table)
  if (relation === undefined) {
    if (typeof table !== 'string') return null
    throw new SqlError('42P01', `relation "${table}" does not exist`)
  }
  return BigInt(sizes.get(snapshot)?.get(relation.oid) ?? 0)
}

const FORKS: readonly string[] = ['main', 'fsm', 'vm', 'init']

function wholeSize(snapshot: SystemSnapshot): bigint {
  return [...(sizes.get(snapshot)?.values() ?? [])].reduce((sum, bytes) => sum + BigInt(bytes), 0n)
}

function ofTable(
  name: string,
  run: SystemFunctionDefinition['run'],
  forms: SystemFunctionDefinition['forms'] = [[null]],
): SystemFunctionDefinition {
  return { name, forms, returns: BIGINT, prepare: loadSizes, run }
}

const ANY: DataType | null = null

const UNITS: readonly string[] = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `10 kB`: halved by units of 1024 until there are few digits, as PostgreSQL rounds. */
function prettySize(bytes: bigint): string {
  let size = bytes
  let unit = 0
  const absolute = (value: bigint): bigint => (value < 0n ? -value : value)
  if (absolute(size) < 10n * 1024n) return `${size} bytes`
  // One bit more is kept than shown, to round by.
  size /= 512n
  for (unit = 1; unit < UNITS.length - 1 && absolute(size) >= 2n * 20n * 1024n - 1n; unit++) size /= 1024n
  const half = size < 0n ? (size - 1n) / 2n : (size + 1n) / 2n
  return `${half} ${UNITS[unit]!}`
}

export const sizeFunctions: readonly SystemFunctionDefinition[] = [
  {
    name: 'pg_size_pretty',
    forms: [[BIGINT]],
    returns: VARCHAR,
    run: (_, [bytes]) => prettySize(BigInt(bytes as bigint)),
  },
  ofTable('pg_table_size', (snapshot, [table]) => sizeOf(snapshot, table!)),
  ofTable('pg_total_relation_size', (snapshot, [table]) => sizeOf(snapshot, table!)),
  // A lake has no indexes.
  ofTable('pg_indexes_size', (snapshot, [table]) => (sizeOf(snapshot, table!) === null ? null : 0n)),
  ofTable(
    'pg_relation_size',
    (snapshot, [table, fork]) => {
      if (fork !== undefined && !FORKS.includes(String(fork))) throw new SqlError('22023', 'invalid fork name')
      const size = sizeOf(snapshot, table!)
      return fork === undefined || fork === 'main' || size === null ? size : 0n
    },
    [[ANY], [ANY, VARCHAR]],
  ),
  ofTable('pg_database_size', (snapshot, [database]) => {
    if (typeof database !== 'string' || database === snapshot.database) return wholeSize(snapshot)
    throw new SqlError('0A000', `the size of database "${database}" is not supported`)
  }),
  ofTable('pg_tablespace_size', wholeSize, [[OID], [VARCHAR]]),
]
