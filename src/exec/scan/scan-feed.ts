/**
 * The coordinator's end of a scan: takes tasks from `Table.scan` as they are needed and hands them out in rounds.
 *
 * Without a LIMIT a round takes all that comes within ROUND_MS, so threads start before a large table's metadata is read to its end. With a
 * LIMIT rounds begin with a file a thread and double, so that the metadata of files that are not needed is not read.
 */
import type { PhysicalScan } from '../../plan/physical.ts'
import { filesOfMerge } from '../../table/merge.ts'
import type { Pushdown, ScanTask, Table } from '../../table/table.ts'
import { ROUND_TASKS_MAX } from '../query-control.ts'
import type { RoundTask, ScanRound, TaskChecks } from './scan-round.ts'
import { CheckPlanner } from './task-checks.ts'

/** Where the rows of a scan come from. */
export interface ScanSource {
  readonly table: Table
  /** Its columns are those of the scan node. */
  readonly pushdown: Pushdown
}

const ROUND_MS = 20

export interface FeedRound {
  readonly round: ScanRound
  /** No task follows. */
  readonly isLast: boolean
}

export class ScanFeed {
  readonly plan: PhysicalScan
  readonly #source: ScanSource
  /** Somebody above may stop the scan early. */
  readonly hasLimit: boolean
  readonly #checks: CheckPlanner
  /** Nothing above reads a column. */
  readonly #countsRows: boolean
  readonly #tasks: ScanTask[] = []
  #iterator: AsyncIterator<ScanTask> | null = null
  #next: Promise<IteratorResult<ScanTask>> | null = null
  #ended = false
  #size: number
  #files = 0
  readonly #parted = new Set<string>()
  #rows = 0
  #certainRows = 0

  constructor(plan: PhysicalScan, source: ScanSource, options: { hasLimit: boolean; workerCount: number }) {
    this.plan = plan
    this.#source = source
    this.hasLimit = options.hasLimit
    this.#countsRows = plan.projection.length === 0 && plan.dynamicFilters.length === 0
    this.#checks = new CheckPlanner(plan.filters, source.pushdown.predicate)
    this.#size = options.hasLimit ? options.workerCount : ROUND_TASKS_MAX
  }

  /** Rows of the tasks taken so far, by the table's metadata. */
  get rowCount(): number {
    return this.#rows
  }

  /** Counters of the table's own pruning, as of now. */
  tableMetrics(): Readonly<Record<string, number>> {
    return { files_total: this.#files, ...this.#source.table.scanMetrics?.() }
  }

  /** Whether only the calling thread sees the rows: `memory:` files are its own. */
  async isOfThisThread(): Promise<boolean> {
    if (this.#tasks.length === 0) {
      const task = await this.#take()
      if (task !== null) this.#tasks.push(task)
    }
    return this.#tasks[0]?.file.url.startsWith('memory:') === true
  }

  /** Takes tasks ahead until they have more than `rowsMax` rows; whether the scan has, or needs, at most that many in all. */
  async isSmall(rowsMax: number): Promise<boolean> {
    while (this.#rows <= rowsMax) {
      if (this.#hasEnough()) return true
      const result = await this.#take()
      if (result === null) return this.#rows <= rowsMax
      this.#tasks.push(result)
    }
    return false
  }

  /** The tasks taken satisfy the scan's LIMIT: the metadata of others is not read. */
  #hasEnough(): boolean {
    const { limit } = this.plan
    return limit !== null && this.#rows > 0 && this.#certainRows >= limit
  }

  /** Rows of the task that nothing drops. */
  #certainRowsOf({ rowCount = 0, deletes, only, merge, residual }: ScanTask): number {
    if (this.plan.limit === null || this.plan.dynamicFilters.length > 0) return 0
    if (deletes.length > 0 || only !== undefined || merge !== undefined) return 0
    return passesAll(this.#checks.checks(residual)) ? rowCount : 0
  }

  /** Takes tasks ahead for a while; whether all that are left make one round, of at most `rowsMax` rows. */
  async isOneRound(rowsMax: number): Promise<boolean> {
    const started = performance.now()
    while (!this.#ended && this.#tasks.length <= this.#size && this.#rows <= rowsMax) {
      if (performance.now() - started > ROUND_MS) return false
      const task = await this.#take()
      if (task !== null) this.#tasks.push(task)
    }
    return this.#ended && this.#tasks.length <= this.#size && this.#rows <= rowsMax
  }

  /** The next tasks; an empty round may end the scan. */
  async nextRound(): Promise<FeedRound> {
    const started = performance.now()
    while (this.#tasks.length < this.#size) {
      if (!this.hasLimit && this.#tasks.length > 0 && performance.now() - started > ROUND_MS) break
      const task = await this.#take()
      if (task === null) break
      this.#tasks.push(task)
    }
    const tasks = this.#tasks.splice(0, this.#size).map((task) => this.#roundTask(task))
    this.#size = Math.min(ROUND_TASKS_MAX, this.#size * 2)
    return { round: { tasks }, isLast: this.#ended && this.#tasks.length === 0 }
  }

  /** Stops reading the table's metadata. */
  close(): void {
    this.#ended = true
    const iterator = this.#iterator
    this.#iterator = null
    // An error while closing is of no interest to a query that is over.
    void Promise.resolve(this.#next)
      .then(() => iterator?.return?.())
      .catch(() => undefined)
  }

  async #take(): Promise<ScanTask | null> {
    if (this.#ended) return null
    this.#iterator ??= this.#source.table.scan(this.#source.pushdown)[Symbol.asyncIterator]()
    this.#next = this.#iterator.next()
    const result = await this.#next
    this.#next = null
    if (result.done === true) {
      this.#ended = true
      return null
    }
    // A file whose rows nobody counted is not small.
    this.#rows += namedCount(result.value) ?? result.value.rowCount ?? result.value.rowEstimate ?? UNKNOWN_ROWS
    this.#certainRows += this.#certainRowsOf(result.value)
    return result.value
  }

  #roundTask({ file, beside, split, columns, deletes, only, residual, rowCount, merge }: ScanTask): RoundTask {
    // Only parts of files can come more than once.
    const isNewFile = split === undefined || !this.#parted.has(file.url)
    if (split !== undefined) this.#parted.add(file.url)
    if (isNewFile) this.#files += merge === undefined ? 1 : filesOfMerge(merge).length
    const checks = this.#checks.checks(residual)
    const isWhole = split === undefined && merge === undefined && deletes.length === 0 && only === undefined
    const isCounted = this.#countsRows && isWhole && passesAll(checks)
    const countedRows = isCounted ? (rowCount ?? null) : null
    const parts = {
      split: split ?? null,
      columns,
      deletes,
      only: only ?? null,
      ...(beside === undefined ? {} : { beside }),
    }
    const task = { file, isNewFile, ...parts, checks, countedRows }
    return merge === undefined ? task : { ...task, merge }
  }
}

const UNKNOWN_ROWS = 100_000

/** Rows of a task that names all that it wants by number; undefined for others. */
function namedCount({ only }: ScanTask): number | undefined {
  let count = 0
  for (const filter of only ?? []) {
    if (filter.kind !== 'positions') return undefined
    count += filter.rows.length
  }
  return only === undefined ? undefined : count
}

function passesAll({ filters, others }: TaskChecks): boolean {
  return filters.length === 0 && others.length === 0
}
