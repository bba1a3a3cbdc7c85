import { formatText } from '../../engine/format-value.ts'
import type { Printer } from './printer.ts'
import { tablePrinter } from './table.ts'
import { pad, textWidth } from './text-width.ts'

/** One value a line (psql's `\x`). */
export const verticalPrinter: Printer = {
  name: 'vertical',
  async print(result, output, options) {
    if (result.fields.length === 0) return tablePrinter.print(result, output, options)
    const width = Math.max(...result.fields.map((field) => textWidth(field.name)))
    let record = 0
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
    if (record === 0 && !options.tuplesOnly) await output.write('(0 rows)\n')
    await output.write('\n')
  },
}
