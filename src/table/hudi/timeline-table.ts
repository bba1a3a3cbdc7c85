/** `t$timeline`: the instants of the active timeline, each in its last state. */
import { VARCHAR } from '../../core/types.ts'
import { createMemoryTable } from '../memory/memory-table.ts'
import type { Table } from '../table.ts'
import type { HudiSnapshot } from './snapshot.ts'

/** Times are texts, as versions and changes take them; `completed_at` is NULL for pending instants and in timelines of layout 1. */
export function timelineTable({ name, timeline }: HudiSnapshot): Table {
  const { instants } = timeline
  const fields = ['instant', 'action', 'state', 'completed_at'].map((field) => ({
    name: field,
    type: VARCHAR,
    nullable: field === 'completed_at',
  }))
  return createMemoryTable(`${name}$timeline`, { fields }, [
    instants.map(({ time }) => time),
    instants.map(({ action }) => action),
    instants.map(({ state }) => state),
    instants.map(({ completedAt }) => completedAt ?? null),
  ])
}
