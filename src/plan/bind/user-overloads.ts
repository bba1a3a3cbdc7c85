/**
 * Which of several functions of one name a call means (PostgreSQL 17, section 10.3, as far as types here go): parameters by place, then by name,
 * the rest by default; every argument of its parameter's type, or converted implicitly; the fewest conversions win.
 */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { type DataType, sameType } from '../../core/types.ts'
import { asDecimal, canCoerce } from '../../expr/coerce.ts'
import type { Expr } from '../../expr/expr.ts'
import type { FunctionArgument } from '../../sql/ast.ts'
import { printedType } from './printed-type.ts'
import { isUntyped } from './typing.ts'
import type { UserFunction, UserParameter } from './user-function.ts'

export interface BoundArgument {
  readonly ast: FunctionArgument
  readonly expr: Expr
}

export interface ChosenFunction {
  readonly definition: UserFunction
  /** By parameter; null: its default. */
  readonly slots: readonly (BoundArgument | null)[]
}

/** Null when none takes the arguments; 42725 when several do equally well. */
export function chooseFunction(
  candidates: readonly UserFunction[],
  args: readonly BoundArgument[],
  at: TextRange,
): ChosenFunction | null {
  let best: ChosenFunction[] = []
  let bestCost = Infinity
  for (const definition of candidates) {
    const slots = slotsOf(definition, args)
    const cost = slots === null ? Infinity : costOf(definition, slots)
    if (slots === null || cost > bestCost || cost === Infinity) continue
    if (cost < bestCost) best = []
    bestCost = cost
    best.push({ definition, slots })
  }
  const [first, second] = best
  if (first !== undefined && second !== undefined) {
    throw new SqlError('42725', `function ${first.definition.name}(${printTypes(args)}) is not unique`, {
      at,
      hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
    })
  }
  return first ?? null
}

function printTypes(args: readonly BoundArgument[]): string {
  return args.map(({ expr }) => printedType(expr)).join(', ')
}

function slotsOf({ parameters }: UserFunction, args: readonly BoundArgument[]): ChosenFunction['slots'] | null {
  const slots: (BoundArgument | null)[] = parameters.map(() => null)
  let isNamed = false
  for (const [i, arg] of args.entries()) {
    const { name } = arg.ast
    isNamed ||= name !== null
    if (isNamed && name === null) {
      throw new SqlError('42601', 'positional argument cannot follow named argument', { at: arg.ast.at })
    }
    if (arg.ast.variadic === true) throw unsupported('VARIADIC of a user-defined function', arg.ast)
    if (arg.ast.unpack === true) throw unsupported('*COLUMNS() as an argument of a user-defined function', arg.ast)
    const place = name === null ? i : parameters.findIndex((one) => one.name?.toLowerCase() === name.toLowerCase())
    if (place < 0 || place >= parameters.length || slots[place] !== null) return null
    slots[place] = arg
  }
  return slots.every((slot, i) => slot !== null || parameters[i]!.default !== null) ? slots : null
}

/** Infinity when an argument does not fit. */
function costOf({ parameters }: UserFunction, slots: ChosenFunction['slots']): number {
  // Defaults count least: they only tell apart what is equal otherwise.
  return slots.reduce((sum, slot, i) => sum + (slot === null ? 0.001 : fit(slot.expr, parameters[i]!)), 0)
}

function fit(expr: Expr, { type, keepsDigits }: UserParameter): number {
  if (type === null) return 0.5
  if (isUntyped(expr)) return type.kind === 'varchar' ? 0.9 : 1
  if (sameType(expr.type, type)) return 0
  if (keepsDigits && expr.type.kind === 'decimal') return 0
  return canCoerce(expr.type, type) ? 1 + distance(expr.type, type) : Infinity
}

/** Nearer numeric types first: integer to bigint before integer to double. */
function distance(from: DataType, to: DataType): number {
  const order: readonly DataType['kind'][] = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double']
  const [i, j] = [order.indexOf(from.kind), order.indexOf(to.kind)]
  return i >= 0 && j > i ? (j - i) / 10 : 0
}

/** The type in which a parameter takes an argument of the type. */
export function parameterType(
  { type, keepsDigits }: Pick<UserParameter, 'type' | 'keepsDigits'>,
  given: DataType,
): DataType | null {
  if (!keepsDigits) return type
  return asDecimal(given) ?? type
}
