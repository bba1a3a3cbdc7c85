/** Output formats by name. A new format: one file here, one line below. */
import { SqlError } from '../../core/errors.ts'
import { arrowPrinter } from './arrow.ts'
import { csvPrinter } from './csv.ts'
import { jsonLinesPrinter, jsonPrinter } from './json.ts'
import { markdownPrinter } from './markdown.ts'
import type { Printer } from './printer.ts'
import { tablePrinter } from './table.ts'
import { verticalPrinter } from './vertical.ts'

export const PRINTERS: readonly Printer[] = [
  tablePrinter,
  csvPrinter,
  jsonPrinter,
  jsonLinesPrinter,
  arrowPrinter,
  markdownPrinter,
  verticalPrinter,
]

export function printerNamed(name: string): Printer {
  const printer = PRINTERS.find((candidate) => candidate.name === name)
  if (printer !== undefined) return printer
  throw new SqlError('22023', `unknown output format "${name}"`, {
    hint: `Formats are ${PRINTERS.map((candidate) => candidate.name).join(', ')}.`,
  })
}
