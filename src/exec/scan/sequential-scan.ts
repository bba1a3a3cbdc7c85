/** Reads a file whose row groups can only be found one after another: all of it is one morsel. */
import type { Batch } from '../../core/vector.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import type { QueryContext } from '../query-context.ts'
import type { FileScan } from './file-scan.ts'
import type { Morsel } from './morsel.ts'
import { RowGroupScan } from './row-group-scan.ts'

export class SequentialScan implements Morsel {
  readonly #context: QueryContext
  readonly #plan: PhysicalScan
  readonly #file: FileScan
  #next = 0
  #current: RowGroupScan | null = null
  /** Of the row groups that are done with. */
  #bytesRead = 0
  #rowsScanned = 0

  constructor(context: QueryContext, plan: PhysicalScan, file: FileScan) {
    this.#context = context
    this.#plan = plan
    this.#file = file
  }

  get bytesRead(): number {
    return this.#bytesRead + (this.#current?.bytesRead ?? 0)
  }

  get rowsScanned(): number {
    return this.#rowsScanned + (this.#current?.rowsScanned ?? 0)
  }

  next(): Batch | null {
    for (;;) {
      if (this.#current === null) {
        if (!this.#file.hasRowGroup(this.#next)) return null
        this.#current = new RowGroupScan(this.#context, this.#plan, this.#file, this.#next++)
      }
      const batch = this.#current.next()
      if (batch !== null) return batch
      this.close()
      this.#context.checkCancelled()
    }
  }

  close(): void {
    if (this.#current === null) return
    this.#bytesRead += this.#current.bytesRead
    this.#rowsScanned += this.#current.rowsScanned
    this.#current.close()
    this.#current = null
  }
}
