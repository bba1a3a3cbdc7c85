/** `SELECT * FROM sequence`: one row that says where it stands. */
import type { Sequence } from '../../catalog/sequence.ts'
import { BIGINT, BOOLEAN } from '../../core/types.ts'
import { createMemoryTable } from '../../table/memory/memory-table.ts'
import type { Table } from '../../table/table.ts'

export function sequenceTable(sequence: Sequence): Table {
  const { last, isCalled } = sequence.state()
  const fields = [
    { name: 'last_value', type: BIGINT, nullable: false },
    { name: 'log_cnt', type: BIGINT, nullable: false },
    { name: 'is_called', type: BOOLEAN, nullable: false },
  ]
  return createMemoryTable(sequence.name, { fields }, [[last], [0n], [isCalled]])
}
