/**
 * Rows in aligned columns, as psql prints them:
 *
 *    id | name
 *   ----+------
 *     1 | one
 *   (1 row)
 *
 * Widths come from the first rows; later rows that are wider stick out instead of being held back, so memory stays flat.
 */
import type { StatementResult } from '../../engine/result.ts'
import { formatText } from '../../engine/format-value.ts'
import { type Output, type PrintOptions, type Printer, footerOf, isRightAligned } from './printer.ts'
import { oneLine, pad, textWidth } from './text-width.ts'

/** Rows from which the widths are taken. */
const SAMPLE_ROWS = 1000

export const tablePrinter: Printer = {
  name: 'table',
  printsCommits: true,
  async print(result, output, options) {
    if (result.fields.length === 0) {
      for await (const rows of result.chunks()) void rows
      if (!options.tuplesOnly) await output.write(`${result.tag}\n`)
      return
    }
    await printRows(result, output, options, {
      left: ' ',
      between: ' | ',
      right: '',
      rule: '-',
      cross: '-+-',
      hasTitle: true,
    })
    if (!options.tuplesOnly) await output.write(`${footerOf(result.rowCount, options)}\n`)
  },
}

interface Border {
  readonly left: string
  readonly between: string
  readonly right: string
  readonly rule: string
  readonly cross: string
  /** Whether a title stands above. */
  readonly hasTitle?: true
  /** What of a cell must be written otherwise. */
  readonly escape?: (cell: string) => string
}

export async function printRows(
  result: StatementResult,
  output: Output,
  options: PrintOptions,
  border: Border,
): Promise<void> {
  const { fields } = result
  const escape = border.escape ?? ((cell: string) => cell)
  const headers = fields.map((field) => escape(oneLine(field.name)))
  const right = fields.map((field) => isRightAligned(field))
  const widths = headers.map((header) => textWidth(header))
  let waiting: string[][] | null = []
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, i) =>
      i === cells.length - 1 && right[i] === false && border.right === '' ? cell : pad(cell, widths[i]!, right[i]!),
    )
    return `${border.left}${padded.join(border.between)}${border.right}\n`
  }
  const start = async (rows: readonly (readonly string[])[]): Promise<void> => {
    for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i]!, textWidth(cell))))
    if (!options.tuplesOnly) {
      const title = border.hasTitle ? options.title : undefined
      if (title !== undefined) await output.write(centred(oneLine(title), widths))
      await output.write(headline(headers, widths, border))
    }
    await output.write(rows.map((row) => line(row)).join(''))
  }
  for await (const chunk of result.chunks()) {
    const rows = chunk.map((row) =>
      row.map((value, i) => (value === null ? options.nullText : escape(oneLine(formatText(value, fields[i]!.type))))),
    )
    if (waiting === null) {
      await output.write(rows.map((row) => line(row)).join(''))
      continue
    }
    waiting.push(...rows)
    if (waiting.length < SAMPLE_ROWS) continue
    await start(waiting)
    waiting = null
  }
  if (waiting !== null) await start(waiting)
}

/** The title above the middle of the columns, counted as psql does: each with a blank on both sides and one rule between two. */
function centred(title: string, widths: readonly number[]): string {
  const total = widths.reduce((sum, width) => sum + width + 3, -1)
  return `${' '.repeat(Math.max(0, total - textWidth(title)) >> 1)}${title}\n`
}

function headline(headers: readonly string[], widths: readonly number[], border: Border): string {
  const names = headers.map((header, i) => {
    const room = widths[i]! - textWidth(header)
    const before = border.right === '' ? room >> 1 : 0
    return ' '.repeat(before) + header + ' '.repeat(room - before)
  })
  const rules = widths.map((width) => border.rule.repeat(width))
  const edge = border.left.replaceAll(' ', border.rule)
  const end = border.right.replaceAll(' ', border.rule)
  const line = `${border.left}${names.join(border.between)}${border.right}`
  return `${border.right === '' ? line.trimEnd() : line}\n${edge}${rules.join(border.cross)}${border.right === '' ? '-' : end}\n`
}
