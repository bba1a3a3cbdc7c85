/** CREATE FUNCTION ... LANGUAGE javascript: from its text to what the evaluator calls. */
import { SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { columnValues } from '../../core/vector-export.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { ScalarFunction, SessionValues } from '../../expr/functions/function.ts'
import { codeEntries } from '../functions/code-entry.ts'
import { fromApiValue } from '../functions/from-api-value.ts'
import { fromSandbox, toSandbox } from './driver.ts'
import { Sandbox, type SandboxLimits } from './sandbox.ts'

export interface JavascriptFunction {
  readonly name: string
  readonly parameters: readonly { readonly name: string | null }[]
  readonly returns: DataType
  readonly strict: boolean
  readonly isDeterministic: boolean
  readonly body: string
}

/** Characters of a batch's text: a larger batch goes in pieces. */
const BATCH_CHARACTERS_MAX = 4 << 20

/** Names that JavaScript can have for a parameter; others go by `arguments`. */
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/

/** Makes the sandbox: 42601 when the body is no JavaScript. */
export async function javascriptEntries(
  { name, parameters, returns, strict, isDeterministic, body }: JavascriptFunction,
  limits: SandboxLimits,
): Promise<(at: { readonly start: number; readonly end: number }) => ScalarFunction> {
  const names = parameters.map(({ name: of }, i) => of ?? `$${i + 1}`)
  const odd = names.find((one) => !IDENTIFIER.test(one))
  if (odd !== undefined) throw new SqlError('42P13', `parameter name "${odd}" is no name in JavaScript`)
  const sandbox = await Sandbox.create({ name, parameters: names, body }, limits)
  /** The values of rows, each an array of arguments. */
  const run = (
    rows: readonly (readonly LiteralValue[])[],
    types: readonly DataType[],
    session: SessionValues,
  ): LiteralValue[] => {
    const texts = rows.map((row) => JSON.stringify(row.map((value, i) => toSandbox(value, types[i]!))))
    const results: LiteralValue[] = []
    for (let from = 0; from < texts.length;) {
      let to = from
      for (let size = 0; to < texts.length && (to === from || size < BATCH_CHARACTERS_MAX); to++)
        size += texts[to]!.length
      const given = sandbox.call(`[${texts.slice(from, to).join(',')}]`)
      if (!Array.isArray(given) || given.length !== to - from)
        throw new SqlError('38000', `function "${name}" gave other rows`)
      for (const value of given) results.push(fromApiValue(fromSandbox(value), returns, session))
      from = to
    }
    return results
  }

  return codeEntries({
    name,
    returns,
    strict,
    isDeterministic,
    scalar: (args, types, session) => run([args], types.args, session)[0]!,
    evaluate({ memory, arena, session }, vectors, rowCount, types, validity) {
      const columns = vectors.map((vector) => columnValues(memory, { ...vector, length: rowCount }))
      const isNull = (row: number): boolean => validity !== 0 && memory.u8[validity + row] === 0
      const wanted = Array.from({ length: rowCount }, (__, row) => row).filter((row) => !isNull(row))
      const values = run(
        wanted.map((row) => columns.map((column) => column[row]!)),
        types.args,
        session,
      )
      const results: LiteralValue[] = new Array<LiteralValue>(rowCount).fill(null)
      wanted.forEach((row, i) => (results[row] = values[i]!))
      return vectorFromLiterals(memory, arena, returns, results)
    },
  })
}
