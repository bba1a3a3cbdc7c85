/** Functions in other languages than SQL, as the evaluator takes them. */
import { SluiceError, SqlError, type TextRange } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { ScalarFunction } from '../../expr/functions/function.ts'

export interface CodeFunction {
  readonly name: string
  readonly returns: DataType
  readonly strict: boolean
  /** Equal values for equal arguments: it may be called less often than there are rows, and before the query runs. */
  readonly isDeterministic: boolean
  readonly scalar: ScalarFunction['scalar']
  readonly evaluate?: NonNullable<ScalarFunction['evaluate']>
}

let count = 0

/** Entries of one function share a name in plans, which no other function has. */
export function codeEntries(definition: CodeFunction): (at: TextRange) => ScalarFunction {
  const { name, strict, isDeterministic, scalar, evaluate } = definition
  const planName = `${name}#${++count}`
  return (at) => ({
    name: planName,
    category: 'system',
    description: '',
    example: { sql: '', result: '' },
    resolve: () => null,
    nulls: strict ? 'strict' : 'custom',
    volatility: isDeterministic ? 'immutable' : 'volatile',
    scalar: (args, types, session) => blaming(name, at, () => scalar(args, types, session)),
    ...(evaluate === undefined
      ? {}
      : {
          evaluate: (context, args, rowCount, types, validity) =>
            blaming(name, at, () => evaluate(context, args, rowCount, types, validity)),
        }),
  })
}

/** What a function throws is an external routine exception (38000), at its call. */
function blaming<T>(name: string, at: TextRange, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SluiceError && !(error instanceof SqlError)) throw error
    const { message } = error instanceof Error ? error : new Error(String(error))
    if (error instanceof SqlError && error.sqlstate !== '38000') {
      throw new SqlError(error.sqlstate, `function "${name}" gave a wrong value: ${message}`, { at, cause: error })
    }
    throw new SqlError('38000', error instanceof SqlError ? message : `function "${name}" failed: ${message}`, {
      at,
      cause: error,
      ...(error instanceof SqlError && error.detail !== undefined ? { detail: error.detail } : {}),
    })
  }
}
