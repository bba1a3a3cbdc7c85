import type { Printer } from './printer.ts'
import { printRows, tablePrinter } from './table.ts'

/** A Markdown table. */
export const markdownPrinter: Printer = {
  name: 'markdown',
  printsCommits: true,
  async print(result, output, options) {
    if (result.fields.length === 0) return tablePrinter.print(result, output, options)
    await printRows(result, output, options, {
      ...{ left: '| ', between: ' | ', right: ' |', rule: '-', cross: '-|-' },
      escape: (cell) => cell.replaceAll('|', '\\|'),
    })
  },
}
