/** `variant_get(v, path, 'type')`: the part at a path, cast to the type that the text names; `try_variant_get` casts with TRY_CAST. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Binder } from './binder.ts'
import { resolveTypeName } from './type-name.ts'
import { callFunction, missingFunction } from './typing.ts'

/** Null for calls of other functions, and for those without a type. */
export function bindVariantGet(
  binder: Binder,
  name: string,
  args: readonly Expr[],
  places: readonly TextRange[],
  at: TextRange,
): Expr | null {
  const tries = name === 'try_variant_get'
  if (name !== 'variant_get' && !tries) return null
  const [whole, path, type] = args
  if (args.length === 2 && !tries) return null
  if (whole === undefined || path === undefined || args.length > 3) throw missingFunction(name, args, at, [])
  const part = callFunction(binder, 'variant_get', [whole, path], places, at)
  if (type === undefined) return part
  if (type.kind !== 'literal' || typeof type.value !== 'string') {
    throw new SqlError('42804', `the type of ${name} must be a text`, { at: places[2] ?? at })
  }
  const to = typeOf(type.value, places[2] ?? at)
  return to.kind === 'variant' ? part : { kind: 'cast', arg: part, type: to, try: tries }
}

/** The type that a text names: `decimal(10, 2)`, `array<int>`. */
function typeOf(text: string, at: TextRange): DataType {
  const simple = /^\s*([a-z_][a-z_0-9 ]*?)\s*(?:\(\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\))?\s*$/i.exec(text)
  if (simple !== null) {
    const modifiers = simple.slice(2).flatMap((part) => (part === undefined ? [] : [Number(part)]))
    return resolveTypeName({
      ...{ name: simple[1]!.toLowerCase(), modifiers, at },
      ...{ arguments: [], fields: [], interval: null },
    })
  }
  const list = /^\s*array\s*<(.*)>\s*$/is.exec(text)
  if (list !== null) {
    return { kind: 'list', element: { name: 'element', type: typeOf(list[1]!, at), nullable: true } }
  }
  throw new SqlError('42704', `type "${text}" does not exist`, { at })
}
