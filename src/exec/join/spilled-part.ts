/** One part of a spilled build side back in memory, with a table of its own. */
import { freePages } from '../../core/memory.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { type RowBlock, loadBlock, stringColumns } from '../rows/row-spill.ts'
import type { JoinShape } from './join-shape.ts'
import type { BuildPartial, JoinState } from './join-state.ts'
import { fillTable, planTable } from './join-table.ts'

/** The join's table for one part; `whole` is the state of the join. The caller frees `pages` of the result. */
export function loadBuildPart(
  context: OperatorContext,
  plan: HashJoin,
  shape: JoinShape,
  whole: JoinState,
  blocks: readonly RowBlock[],
): JoinState {
  const { layout } = shape
  const strings = stringColumns(layout)
  const pages: number[] = []
  try {
    const chunks = blocks.map((block) => {
      const start = loadBlock(context, layout.rowBytes, strings, block)
      pages.push(start)
      return { start, count: block.rowCount }
    })
    const rowCount = blocks.reduce((sum, block) => sum + block.rowCount, 0)
    const partial: BuildPartial = {
      chunks,
      pages,
      rowCount,
      nullKeyCount: whole.nullKeyCount,
      ranges: whole.ranges,
      spilled: [],
    }
    const built = planTable(context, { ...plan, makesDynamicFilter: false }, shape, [partial])
    const state = fillTable(context, shape, built, { index: 0, count: 1 })
    return { ...state, hasBuildRows: whole.hasBuildRows }
  } catch (error) {
    for (const page of pages) freePages(context.memory, page)
    throw error
  }
}
