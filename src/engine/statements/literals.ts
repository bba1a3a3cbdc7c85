/** Results made of a few literal rows: SHOW, DESCRIBE, EXPLAIN. */
import { type DataType, type Field, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { StatementResult } from '../result.ts'
import type { Session } from '../session.ts'

export function textField(name: string, type: DataType = VARCHAR): Field {
  return { name, type, nullable: true }
}

export function literalResult(
  session: Session,
  command: string,
  fields: readonly Field[],
  rows: readonly (readonly LiteralValue[])[],
): StatementResult {
  return new StatementResult(fields, command, { kind: 'literals', rows }, () => session.engine.memory, false)
}
