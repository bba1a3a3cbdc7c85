import type { Field } from '../../core/types.ts'
import { formatText } from '../../engine/format-value.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { Printer } from './printer.ts'

/** RFC 4180 with a header line; NULL is an empty field, the empty string is `""`. */
export const csvPrinter: Printer = {
  name: 'csv',
  async print(result, output, options) {
    if (result.fields.length > 0 && !options.tuplesOnly) {
      await output.write(`${result.fields.map((field) => quoted(field.name)).join(',')}\n`)
    }
    for await (const rows of result.chunks()) {
      let text = ''
      for (const row of rows) text += `${row.map((value, i) => cell(value, result.fields[i]!)).join(',')}\n`
      await output.write(text)
    }
  },
}

function cell(value: LiteralValue, { type }: Field): string {
  return value === null ? '' : quoted(formatText(value, type))
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
