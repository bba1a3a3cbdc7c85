/**
 * `t$binlog`: what `t$audit_log` has, each column a list of its values. A reader of a stream puts the rows before and after an update into one, with
 * lists of two; of a table that is read at once, each list has one value.
 *
 * Spec: Apache Paimon, "System Tables", "Binlog Table".
 */
import type { Field } from '../../../core/types.ts'
import { ROW_KIND } from '../column-sources.ts'

const SUFFIX = '$binlog'

export function isBinlog(name: string): boolean {
  return name.endsWith(SUFFIX)
}

/** The table's own name. */
export function baseOfBinlog(name: string): string {
  return name.slice(0, -SUFFIX.length)
}

/** The query that gives the rows of table `name`. */
export function binlogQuery(name: string, fields: readonly Pick<Field, 'name'>[]): string {
  const columns = fields.map((field) => `ARRAY[${quoted(field.name)}] AS ${quoted(field.name)}`)
  return `SELECT ${[ROW_KIND, ...columns].join(', ')} FROM ${quoted(`${name}$audit_log`)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
