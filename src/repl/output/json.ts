import { type JsonValue, jsonText, toJson, typeName } from '../../engine/format-value.ts'
import type { StatementResult } from '../../engine/result.ts'
import { SluiceError, toPlainError, fromPlainError } from '../../core/errors.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { Output, Printer } from './printer.ts'

/** An array of objects a statement. */
export const jsonPrinter: Printer = {
  name: 'json',
  async print(result, output) {
    const names = result.fields.map((field) => JSON.stringify(field.name))
    let separator = '[\n'
    await forEachRow(result, output, (values) => {
      const text = `${separator}{${values.map((value, i) => `${names[i]!}:${value}`).join(',')}}`
      separator = ',\n'
      return text
    })
    await output.write(separator === '[\n' ? '[]\n' : '\n]\n')
  },
}

/** Characters of rows held back before the line is begun: an error among them leaves nothing but its own line. */
const HELD_CHARACTERS_MAX = 1 << 20

/**
 * One JSON object a statement, one a line: `{"columns":[{"name","type"}],"rows":[[...]],"command":"SELECT 3"}`, or `{"error":{...}}`.
 * Long results are written as rows arrive; an error after that ends the line with an `error` beside the rows so far.
 */
export const jsonLinesPrinter: Printer = {
  name: 'jsonl',
  printsCommits: true,
  async print(result, output, { offset }) {
    const columns = result.fields.map(({ name, type }) => ({ name, type: typeName(type) }))
    let held: string | null = `{"columns":${JSON.stringify(columns)},"rows":[`
    const holding: Output = {
      width: output.width,
      async write(text) {
        if (held === null) return output.write(text)
        held += String(text)
        if (held.length < HELD_CHARACTERS_MAX) return
        const first = held
        held = null
        await output.write(first)
      },
    }
    let separator = ''
    try {
      await forEachRow(result, holding, (values) => {
        const text = `${separator}[${values.join(',')}]`
        separator = ','
        return text
      })
    } catch (error) {
      if (held !== null) throw error
      await output.write(`],"error":${errorText(asError(error), '')}}\n`)
      throw new ReportedError(asError(error))
    }
    const position = offset === undefined ? '' : `,"offset":${JSON.stringify(offset)}`
    await output.write(`${held ?? ''}],"command":${JSON.stringify(result.tag)}${position}}\n`)
  },
  async printError(error, output, sql) {
    if (error instanceof ReportedError) return
    await output.write(`{"error":${errorText(error, sql)}}\n`)
  },
}

/** An error that is in the output already. */
class ReportedError extends SluiceError {
  constructor(error: SluiceError) {
    super(error.sqlstate, error.message, { cause: error })
  }
}

function asError(error: unknown): SluiceError {
  return error instanceof SluiceError ? error : fromPlainError(toPlainError(error))
}

function errorText({ sqlstate, message, hint, detail, at }: SluiceError, sql: string): string {
  // Positions count characters from 1, as in PostgreSQL's ErrorResponse: a surrogate pair is one.
  const pairs = at === undefined ? 0 : (sql.slice(0, at.start).match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
  return JSON.stringify({ sqlstate, message, position: at === undefined ? null : at.start + 1 - pairs, hint, detail })
}

async function forEachRow(
  result: StatementResult,
  output: Output,
  format: (values: readonly string[]) => string,
): Promise<void> {
  const formats = result.fields.map(
    ({ type }) =>
      (value: LiteralValue) =>
        jsonText(toJson(value, type) satisfies JsonValue),
  )
  for await (const { rowCount, columns } of result.columnChunks()) {
    const texts = columns.map((values, i) => values.map(formats[i]!))
    let text = ''
    for (let row = 0; row < rowCount; row++) text += format(texts.map((column) => column[row]!))
    await output.write(text)
  }
}
