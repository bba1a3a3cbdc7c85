/** Expressions: the switch over the kinds of syntax. Each kind's binding is in a file of its own. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN } from '../../core/types.ts'
import { type Expr, and, call, literal } from '../../expr/expr.ts'
import type { Expression, IsTest, Logical, Parameter } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { asBoolean, bindCondition } from './conditions.ts'
import { bindCall } from './calls.ts'
import { bindCast, bindTypedLiteral } from './casts.ts'
import { bindCase } from './case.ts'
import { bindColumn, bindFieldAccess } from './columns.ts'
import { bindArray, bindMap, bindRow, bindStruct } from './constructors.ts'
import { bindExtract, bindInterval } from './date-time.ts'
import { bindInList } from './in-list.ts'
import { bindLike } from './like.ts'
import { numberLiteral } from './number-literals.ts'
import { bindBetween, bindBinary, bindDistinctness, bindUnary } from './operators.ts'
import { bindQuantified } from './quantified.ts'
import type { Scope } from './scope.ts'
import { bindSlice, bindSubscript } from './subscripts.ts'
import { bindArrayQuery, bindExists, bindInQuery, bindScalarQuery } from './subqueries.ts'
import { settle } from './typing.ts'
import { syntaxKey } from './walk-syntax.ts'

/** Binds one expression; call it as `binder.expression`, which bounds the depth. */
export function bindExpressionNode(binder: Binder, ast: Expression, scope: Scope): Expr {
  const group = scope.groupSyntax?.get(syntaxKey(ast))
  if (group !== undefined && !scope.clause.insideAggregate) return group
  switch (ast.kind) {
    case 'number':
      return numberLiteral(ast.text, ast.at)
    case 'string':
      return literal(ast.value, { kind: 'null' })
    case 'bytes':
      return literal(Uint8Array.from(Buffer.from(ast.hex, 'hex')), { kind: 'bytea' })
    case 'boolean':
      return literal(ast.value, BOOLEAN)
    case 'null':
      return literal(null, { kind: 'null' })
    case 'typed':
      return bindTypedLiteral(binder, ast)
    case 'interval':
      return bindInterval(binder, ast, scope)
    case 'parameter':
      return bindParameter(binder, ast)
    case 'column':
      return bindColumn(binder, ast, scope)
    case 'field':
      return bindFieldAccess(binder, ast, scope)
    case 'unary':
      return bindUnary(binder, ast, scope)
    case 'binary':
      return bindBinary(binder, ast, scope)
    case 'and':
    case 'or':
      return bindLogical(binder, ast, scope)
    case 'is':
      return bindIs(binder, ast, scope)
    case 'is-distinct':
      return bindDistinctness(binder, ast, scope)
    case 'between':
      return bindBetween(binder, ast, scope)
    case 'in-list':
      return bindInList(binder, ast, scope)
    case 'in-query':
      return bindInQuery(binder, ast, scope)
    case 'like':
      return bindLike(binder, ast, scope)
    case 'quantified':
      return bindQuantified(binder, ast, scope)
    case 'exists':
      return bindExists(binder, ast, scope)
    case 'scalar-query':
      return bindScalarQuery(binder, ast, scope)
    case 'array-query':
      return bindArrayQuery(binder, ast, scope)
    case 'cast':
      return bindCast(binder, ast, scope)
    case 'case':
      return bindCase(binder, ast, scope)
    case 'function':
      return bindCall(binder, ast, scope)
    case 'extract':
      return bindExtract(binder, ast, scope)
    case 'row':
      return bindRow(binder, ast, scope)
    case 'array':
      return bindArray(binder, ast, scope)
    case 'struct':
      return bindStruct(binder, ast, scope)
    case 'map':
      return bindMap(binder, ast, scope)
    case 'subscript':
      return bindSubscript(binder, ast, scope)
    case 'slice':
      return bindSlice(binder, ast, scope)
    case 'collate':
      return bindCollate(binder, ast, scope)
    case 'lambda':
      throw unsupported('a lambda here', { at: ast.at })
    case 'star':
      throw new SqlError('42601', 'row expansion via "*" is not supported here', { at: ast.at })
    case 'default':
      throw new SqlError('42601', 'DEFAULT is not allowed in this context', { at: ast.at })
  }
}

function bindParameter(binder: Binder, { index, name, at }: Parameter): Expr {
  const { parameters, namedParameters } = binder.context
  const value = index === null ? namedParameters?.get(name ?? '') : parameters[index - 1]
  if (value === undefined) {
    throw new SqlError('42P02', `there is no parameter $${index ?? name}`, { at })
  }
  return value
}

function bindLogical(binder: Binder, { kind, operands }: Logical, scope: Scope): Expr {
  const what = kind === 'and' ? 'AND' : 'OR'
  const args = operands.flatMap((operand) => {
    const arg = bindCondition(binder, operand, scope, what)
    return arg.kind === kind ? arg.args : [arg]
  })
  return args.length === 1 ? args[0]! : { kind, args, type: BOOLEAN }
}

function bindIs(binder: Binder, { test, negated, operand, at }: IsTest, scope: Scope): Expr {
  if (test === 'null' && operand.kind === 'row' && operand.values.length > 0) {
    // Of a row: every field is NULL, every field is not NULL; so one is not the other's negation.
    const name = negated ? 'is_not_null' : 'is_null'
    return and(operand.values.map((value) => call(name, [settle(binder.expression(value, scope))], BOOLEAN)))
  }
  const bound = binder.expression(operand, scope)
  const arg = test === 'null' ? settle(bound) : bound
  const name = `is_${negated ? 'not_' : ''}${test}`
  if (test === 'null') {
    // A row that is written down is NULL when all of its fields are, and not NULL when none is.
    if (arg.kind === 'call' && arg.name === 'row') return and(arg.args.map((field) => call(name, [field], BOOLEAN)))
    if (arg.kind !== 'literal' || arg.type.kind !== 'struct' || !Array.isArray(arg.value)) {
      return call(name, [arg], BOOLEAN)
    }
    return literal(
      arg.value.every((field) => (field === null) !== negated),
      BOOLEAN,
    )
  }
  const what = `IS ${negated ? 'NOT ' : ''}${test.toUpperCase()}`
  return call(name, [asBoolean(binder, arg, what, at)], BOOLEAN)
}

/** Text compares by its UTF-8 bytes: the collations that say the same pass. */
function bindCollate(
  binder: Binder,
  { operand, collation, at }: Extract<Expression, { kind: 'collate' }>,
  scope: Scope,
): Expr {
  const name = collation.parts.at(-1)!.name
  if (!['C', 'c', 'POSIX', 'posix', 'ucs_basic', 'default', 'binary', 'utf8_binary', 'UTF8_BINARY'].includes(name)) {
    throw unsupported(`collation "${name}"`, { at })
  }
  return binder.expression(operand, scope)
}
