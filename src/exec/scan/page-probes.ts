/**
 * Whether the pages of a row group are worth asking which rows may pass.
 *
 * Where values lie in no order, each page may have rows that match: asking them all, in each row group, is then work for nothing. Once that dropped
 * nothing a few times in a row, pages are asked only now and then: what lies behind may be sorted.
 *
 *   row groups of which statistics leave open whether all rows match:   ask  ask  ask  ask  -  -  -  ask  -  -  - ...     nothing dropped
 *                                                                       ask  ask! ask  ask  ask ...                       `!`: rows dropped
 */
import { type Expr, and } from '../../expr/expr.ts'
import { mustMatch } from '../../expr/prune.ts'
import type { ColumnRange, RowGroupReader, RowRange } from '../../format/format.ts'

/** Row groups in a row whose pages may drop nothing before fewer are asked. */
const IN_VAIN_MAX = 4
/** From then on one row group of so many is. */
const ASKED_AGAIN = 8

export class PageProbes {
  #inVain = 0
  #passedOver = 0

  /**
   * Rows of the row group that may pass.
   *
   * @param conjuncts Over the targets of the reader.
   * @param statistics Those of the row group, by target.
   */
  rangesOf(
    reader: Pick<RowGroupReader, 'rowCount' | 'candidateRanges'>,
    conjuncts: readonly Expr[],
    statistics: (target: number) => ColumnRange | undefined,
  ): readonly RowRange[] {
    const all = { start: 0, end: reader.rowCount }
    const open = conjuncts.filter((conjunct) => !mustMatch(conjunct, statistics))
    if (open.length === 0 || !this.#isDue()) return [all]
    const found = reader.candidateRanges(and(open))
    const dropsNothing = found.length === 1 && found[0]!.start === 0 && found[0]!.end === all.end
    this.#inVain = dropsNothing ? this.#inVain + 1 : 0
    return found
  }

  #isDue(): boolean {
    if (this.#inVain < IN_VAIN_MAX) return true
    this.#passedOver = (this.#passedOver + 1) % ASKED_AGAIN
    return this.#passedOver === 0
  }
}
