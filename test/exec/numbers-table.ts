/** Hand-made physical plans and tables over the files of test/fixtures/exec, and how tests run them. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMemory } from '../../src/core/memory.ts'
import { BIGINT, BOOLEAN, DOUBLE, type DataType, INTEGER, VARCHAR } from '../../src/core/types.ts'
import { valueAt } from '../../src/core/vector-values.ts'
import {
  type Executor,
  type ExecutorOptions,
  type RunOptions,
  type ScanSource,
  createExecutor,
} from '../../src/exec/executor.ts'
import { type Expr, type LiteralValue, and, call, input, literal } from '../../src/expr/expr.ts'
import type {
  HashAggregate,
  HashJoin,
  JoinType,
  OutputColumn,
  PhysicalPlan,
  PhysicalScan,
} from '../../src/plan/physical.ts'
import type { ColumnSource, DeleteFilter, ScanTask, Table } from '../../src/table/table.ts'

const FOLDER: string = fileURLToPath(new URL('../fixtures/exec/', import.meta.url))

/** Columns of numbers-*.parquet, by their field ids. */
export const COLUMNS: Readonly<Record<string, { readonly id: number; readonly type: DataType }>> = {
  id: { id: 1, type: BIGINT },
  part: { id: 2, type: INTEGER },
  name: { id: 3, type: VARCHAR },
  value: { id: 4, type: DOUBLE },
  maybe: { id: 5, type: BIGINT },
  text: { id: 6, type: VARCHAR },
}

export const SESSION: RunOptions['session'] = { nowMicros: 0n, timeZone: 'UTC' }

let nextId = 1
export function nodeId(): number {
  return nextId++
}

export const ESTIMATE: PhysicalPlan['estimate'] = { rows: 1, bytes: 1 }

export function column(name: string, type: DataType): OutputColumn {
  return { name, type, nullable: true }
}

/** A scan of the named columns; all are put out unless `projection` says otherwise. */
export function scan(names: readonly string[], overrides: Partial<Omit<PhysicalScan, 'kind'>> = {}): PhysicalScan {
  const columns = names.map((name) => column(name, COLUMNS[name]?.type ?? BIGINT))
  const projection = overrides.projection ?? columns.map((_, i) => i)
  return {
    kind: 'scan',
    id: nodeId(),
    output: projection.map((i) => columns[i]!),
    estimate: ESTIMATE,
    source: 0,
    tableName: 'numbers',
    format: 'files',
    columns,
    filters: [],
    dynamicFilters: [],
    limit: null,
    ...overrides,
    projection,
  }
}

export function filter(child: PhysicalPlan, predicate: Expr): PhysicalPlan {
  return {
    kind: 'filter',
    id: nodeId(),
    output: child.output,
    estimate: ESTIMATE,
    child,
    predicate,
  }
}

export function project(child: PhysicalPlan, expressions: readonly Expr[]): PhysicalPlan {
  const output = expressions.map((expr, i) => column(`c${i}`, expr.type))
  return { kind: 'project', id: nodeId(), output, estimate: ESTIMATE, child, expressions }
}

export function limit(child: PhysicalPlan, count: number | null, offset = 0): PhysicalPlan {
  return {
    kind: 'limit',
    id: nodeId(),
    output: child.output,
    estimate: ESTIMATE,
    child,
    limit: count,
    offset,
  }
}

export function unionAll(children: readonly PhysicalPlan[]): PhysicalPlan {
  return {
    kind: 'union-all',
    id: nodeId(),
    output: children[0]!.output,
    estimate: ESTIMATE,
    children,
  }
}

export function values(rows: readonly (readonly Expr[])[]): PhysicalPlan {
  const output = rows[0]!.map((expr, i) => column(`v${i}`, expr.type))
  return { kind: 'values', id: nodeId(), output, estimate: ESTIMATE, rows }
}

/** Groups by columns and counts rows, or the values of a column that are not NULL. */
export function aggregate(child: PhysicalPlan, groups: readonly number[], counted?: number): HashAggregate {
  const types = child.output.map(({ type }) => type)
  const args = counted === undefined ? [] : [input(counted, types[counted]!)]
  return {
    kind: 'aggregate',
    id: nodeId(),
    output: [...groups.map((i) => child.output[i]!), column('count', BIGINT)],
    estimate: ESTIMATE,
    child,
    groups: groups.map((i) => input(i, types[i]!)),
    calls: [{ name: 'count', args, distinct: false, filter: null, type: BIGINT }],
    groupingSets: null,
  }
}

/** By equality of a column of each side. */
export function hashJoin(
  type: JoinType,
  probe: PhysicalPlan,
  build: PhysicalPlan,
  keys: readonly [number, number],
): HashJoin {
  const both = [...probe.output, ...build.output]
  const output = type === 'semi' || type === 'anti' ? probe.output : type.startsWith('right-') ? build.output : both
  return {
    kind: 'hash-join',
    id: nodeId(),
    output,
    estimate: ESTIMATE,
    type,
    probe,
    build,
    probeKeys: [input(keys[0], probe.output[keys[0]]!.type)],
    buildKeys: [input(keys[1], build.output[keys[1]]!.type)],
    nullsEqual: [false],
    residual: null,
    nullAware: false,
    projection: output.map((_, i) => i),
    buildIsUnique: false,
    makesDynamicFilter: false,
  }
}

export function compare(name: string, index: number, type: DataType, value: LiteralValue): Expr {
  return call(name, [input(index, type), literal(value, type)], BOOLEAN)
}

export interface TableOptions {
  /** Files, by number; may repeat. */
  readonly files?: readonly number[]
  readonly deletes?: (file: number) => readonly DeleteFilter[]
  readonly sources?: (file: number, sources: readonly ColumnSource[]) => readonly ColumnSource[]
  readonly onTask?: () => void
  readonly residual?: Expr | null
}

export function fixtureUrl(name: string): string {
  return FOLDER + name
}

/** The table of the fixtures, for one scan of it. */
export function source(plan: PhysicalScan, options: TableOptions = {}): ScanSource {
  const { files = [0, 1, 2] } = options
  const columns = plan.columns.map(({ name, type }): ColumnSource => {
    if (name === '_pos') return { kind: 'position' }
    return { kind: 'file', field: { id: COLUMNS[name]!.id, names: [name], type, children: [] } }
  })
  const predicate = plan.filters.length === 0 ? null : and(plan.filters)
  async function* tasks(): AsyncGenerator<ScanTask> {
    for (const file of files) {
      options.onTask?.()
      yield {
        file: { url: fixtureUrl(`numbers-${file}.parquet`), format: 'parquet', byteCount: 1 },
        rowCount: 4000,
        columns: options.sources?.(file, columns) ?? columns,
        deletes: options.deletes?.(file) ?? [],
        residual: options.residual === undefined ? predicate : options.residual,
      }
    }
  }
  const table: Table = {
    name: 'numbers',
    format: 'files',
    schema: { fields: [] },
    hiddenColumns: [],
    statistics: async () => ({
      rowCount: 0,
      exact: false,
      byteCount: 0,
      fileCount: 0,
      columns: new Map(),
    }),
    scan: tasks,
    metadataTables: () => [],
  }
  return {
    table,
    pushdown: { columns: plan.columns.map(({ name, type }) => ({ name, type })), predicate },
  }
}

export type TestExecutor = Executor & { readonly memory: ExecutorOptions['memory'] }

export function testExecutor(options: Partial<ExecutorOptions> = {}): TestExecutor {
  const memory = options.memory ?? createMemory(256 << 20)
  const executor = createExecutor({
    memory,
    threads: 2,
    tempDirectory: join(tmpdir(), 'sluice-test'),
    ...options,
  })
  return { ...executor, memory }
}

export type Sources = ReadonlyMap<number, ScanSource>

/** All rows, as arrays of values; and the counters. */
export async function collect(
  executor: TestExecutor,
  plan: PhysicalPlan,
  sources: Sources,
  options: Partial<RunOptions> = {},
): Promise<{
  rows: LiteralValue[][]
  metrics: ReadonlyMap<number, Readonly<Record<string, number>>>
}> {
  const run = executor.run(plan, sources, { session: SESSION, ...options })
  const rows: LiteralValue[][] = []
  for await (const batch of run.batches) {
    for (let row = 0; row < batch.rowCount; row++) {
      rows.push(batch.columns.map((vector) => valueAt(executor.memory, vector, row)))
    }
    batch.release()
  }
  return { rows, metrics: run.metrics() }
}

/** In the order of their text: workers finish in any order. */
export function sorted(rows: readonly LiteralValue[][]): string[] {
  return rows.map((row) => row.map(String).join('|')).toSorted()
}
