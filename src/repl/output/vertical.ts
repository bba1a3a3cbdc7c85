import { formatText } from '../../engine/format-value.ts'
import { type Printer, footerOf } from './printer.ts'
import { tablePrinter } from './table.ts'
import { oneLine, pad, textWidth } from './text-width.ts'

/** One value a line (psql's `\x`). */
export const verticalPrinter: Printer = {
  name: 'vertical',
  printsCommits: true,
  async print(result, output, options) {
    if (result.fields.length === 0) return tablePrinter.print(result, output, options)
    const width = Math.max(...result.fields.map((field) => textWidth(field.name)))
    let record = 0
    if (options.title !== undefined && !options.tuplesOnly) await output.write(`${oneLine(options.title)}\n`)
    for await (const rows of result.chunks()) {
      let text = ''
      for (const row of rows) {
        record += 1
        if (!options.tuplesOnly) text += `-[ RECORD ${record} ]${'-'.repeat(Math.max(0, width))}\n`
        result.fields.forEach((field, i) => {
          const value = row[i] ?? null
          text += `${pad(field.name, width, false)} | ${value === null ? options.nullText : formatText(value, field.type)}\n`
        })
      }
      await output.write(text)
    }
    // psql counts the rows only where there are none: each has a number.
    const hasFooter = record === 0 || options.footers !== undefined
    if (hasFooter && !options.tuplesOnly) await output.write(footerOf(record, options))
    await output.write('\n')
  },
}
