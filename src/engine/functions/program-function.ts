/** `db.registerFunction`: functions of the program that queries can call. They run on the calling thread. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'
import { mayBeUserFunction } from '../../plan/bind/builtin-names.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import type { UserFunction, UserParameter } from '../../plan/bind/user-function.ts'
import { parse } from '../../sql/parse.ts'
import { type ApiValue, toApiValue } from '../api-value.ts'
import { type BatchColumn, type BatchResult, columnOf, singleColumn, singleValue, vectorOf } from './column-values.ts'
import { codeEntries } from './code-entry.ts'
import { fromApiValue } from './from-api-value.ts'

/** How SQL sees a function of the program. Types are SQL's: `'bigint'`, `'decimal(10, 2)'`, `'text[]'`. */
export interface FunctionOptions {
  /** Types of the parameters, in their order; as an object with their names, which calls may use: `f(b => 1)`. */
  readonly parameters: readonly string[] | Readonly<Record<string, string>>
  readonly returns: string
  /** `strict` (default): NULL when an argument is NULL, without a call; `called`: the function gets null. */
  readonly nulls?: 'strict' | 'called'
  /** Equal arguments give equal values: it may be called less often than there are rows, or before the query runs. Default false. */
  readonly deterministic?: boolean
}

/** A row's arguments as the API gives values; gives a value as for `returns`: null, boolean, number, bigint, string, Date, ... */
export type ScalarCallback = (...values: ApiValue[]) => unknown

/** The arguments of up to 8,192 rows; gives as many values. */
export type BatchCallback = (columns: readonly BatchColumn[], rowCount: number) => BatchResult

/** 42723 for a name of the language, 42704 for types that there are not. */
export function programFunction(
  name: string,
  options: FunctionOptions & { readonly vectorized?: boolean },
  callback: ScalarCallback | BatchCallback,
): UserFunction {
  if (typeof callback !== 'function') throw new SqlError('22023', `function "${name}" needs a function to call`)
  const at = { start: 0, end: 0 }
  if (!mayBeUserFunction([{ name, quoted: true, at }])) {
    throw new SqlError('42723', `function "${name}" is one of the language`, { hint: 'Choose another name.' })
  }
  const given = options.parameters
  const parameters = (
    Array.isArray(given) ? given.map((type: string): [null, string] => [null, type]) : Object.entries(given)
  ).map(([of, type]): UserParameter => ({ name: of, type: typeOf(type as string), keepsDigits: false, default: null }))
  const returns = typeOf(options.returns)
  const strict = options.nulls !== 'called'
  const code = {
    name,
    returns,
    strict,
    isDeterministic: options.deterministic === true,
    ...(options.vectorized === true
      ? ofBatches(callback as BatchCallback, returns)
      : ofRows(callback as ScalarCallback, returns)),
  }
  return {
    name,
    parameters,
    strict,
    returns: { kind: 'value', type: returns, keepsDigits: false },
    body: { kind: 'code', entry: codeEntries(code) },
  }
}

/** A type as SQL writes it. */
function typeOf(text: string): DataType {
  const [statement] = parse(`select cast(null as ${text})`)
  const body = statement?.kind === 'query' ? statement.query.body : undefined
  const item = body?.kind === 'select' && body.items.length === 1 && body.from.length === 0 ? body.items[0]! : undefined
  if (item?.kind !== 'expression' || item.expression.kind !== 'cast' || item.alias !== null) {
    throw new SqlError('42704', `type "${text}" does not exist`)
  }
  return resolveTypeName(item.expression.type)
}

type Code = Pick<Parameters<typeof codeEntries>[0], 'scalar' | 'evaluate'>

function ofRows(callback: ScalarCallback, returns: DataType): Code {
  return {
    scalar(args, types, session) {
      const value = callback(...args.map((arg, i) => toApiValue(arg, types.args[i]!)))
      refusePromise(value)
      return fromApiValue(value, returns, session)
    },
  }
}

function ofBatches(callback: BatchCallback, returns: DataType): Code {
  const run = (columns: readonly BatchColumn[], rowCount: number): BatchResult => {
    const result = callback(columns, rowCount)
    refusePromise(result)
    return result
  }
  const evaluate: NonNullable<Code['evaluate']> = (context, args, rowCount, _, validity) => {
    const columns = args.map((vector) => columnOf(context, vector, rowCount))
    return vectorOf(context, run(columns, rowCount), returns, rowCount, validity)
  }
  return {
    evaluate,
    scalar(args, types, session) {
      const columns = args.map((arg, i) => singleColumn(arg, types.args[i]!))
      return singleValue(run(columns, 1), returns, session)
    },
  }
}

function refusePromise(value: unknown): void {
  if (value instanceof Promise) {
    value.catch(() => undefined)
    throw unsupported('a function that gives a promise')
  }
}

/** Whether one would take the other's place. */
export function haveSameParameters(a: UserFunction, b: UserFunction): boolean {
  const types = ({ parameters }: UserFunction): string => parameters.map(({ type }) => typeName(type!)).join(', ')
  return types(a) === types(b)
}
