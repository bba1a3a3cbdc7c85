import type { DataType } from '../../core/types.ts'
import { formatText } from '../../engine/format-value.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { Printer } from './printer.ts'

/** RFC 4180 with a header line; NULL is an empty field, the empty string is `""`. */
export const csvPrinter: Printer = {
  name: 'csv',
  async print(result, output, options) {
    const { fields } = result
    let header = ''
    if (fields.length > 0 && !options.tuplesOnly) header = `${fields.map((field) => quoted(field.name)).join(',')}\n`
    const formats = fields.map(({ type }) => formatOf(type))
    // The header waits for the first rows: a query that fails at once prints nothing.
    for await (const { rowCount, columns } of result.columnChunks()) {
      const texts = columns.map((values, i) => values.map(formats[i]!))
      const last = texts.length - 1
      let text = header
      header = ''
      for (let row = 0; row < rowCount; row++) {
        for (let i = 0; i < last; i++) text += `${texts[i]![row]!},`
        text += `${texts[last]![row]!}\n`
      }
      await output.write(text)
    }
    if (header !== '') await output.write(header)
  },
}

/** Types whose text never needs quotes. */
const PLAIN = new Set<DataType['kind']>([
  ...(['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'ubigint'] as const),
  ...(['half', 'real', 'double', 'decimal', 'date', 'uuid', 'bytea', 'time', 'timestamp'] as const),
])

/** Dates, flags and other values that repeat, remembered at most. */
const REMEMBERED_MAX = 4096

function formatOf(type: DataType): (value: LiteralValue) => string {
  if (type.kind === 'varchar') return (value) => (value === null ? '' : quoted(value as string))
  if (!PLAIN.has(type.kind)) return (value) => (value === null ? '' : quoted(formatText(value, type)))
  if (type.kind !== 'date' && type.kind !== 'decimal') return (value) => (value === null ? '' : formatText(value, type))
  const remembered = new Map<LiteralValue, string>()
  return (value) => {
    if (value === null) return ''
    let text = remembered.get(value)
    if (text === undefined) {
      text = formatText(value, type)
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      remembered.set(value, text)
    }
    return text
  }
}

function quoted(text: string): string {
  return text === '' || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/
