/** Puts the clauses of CREATE FUNCTION together, each at most once. */
import { SqlError, type TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'

export interface FunctionClause extends Partial<
  Pick<ast.FunctionDefinition, 'language' | 'volatility' | 'strict' | 'body'>
> {
  /** The body stands behind AS without quotes. */
  readonly isMacro?: true
}

/** `CREATE FUNCTION add(a, b) AS a + b` is a macro: what look like types are the names of its parameters. */
export function functionDefinition(
  parameters: readonly ast.FunctionParameter[],
  returns: ast.FunctionReturns | null,
  clauses: readonly FunctionClause[],
  at: TextRange,
  text: string,
): { readonly isMacro: boolean; readonly definition: ast.FunctionDefinition } {
  const merged: FunctionClause = mergeClauses(clauses, at)
  if (merged.body === undefined) throw new SqlError('42P13', 'no function body specified', { at })
  const isMacro = merged.isMacro === true && returns === null
  const definition = {
    at,
    parameters: isMacro ? parameters.map(asMacroParameter) : parameters,
    returns,
    language: merged.language ?? 'sql',
    volatility: merged.volatility ?? null,
    strict: merged.strict ?? false,
    body: merged.body,
    text,
  }
  return { isMacro, definition }
}

/** One definition of CREATE MACRO. */
export function macroDefinition(
  parameters: readonly ast.FunctionParameter[],
  body: ast.FunctionBody,
  at: TextRange,
  text: string,
): ast.FunctionDefinition {
  return { at, parameters, returns: null, language: 'sql', volatility: null, strict: false, body, text }
}

function mergeClauses(clauses: readonly FunctionClause[], at: TextRange): FunctionClause {
  const merged: Record<string, unknown> = {}
  for (const clause of clauses) {
    for (const [name, value] of Object.entries(clause)) {
      if (name in merged) throw new SqlError('42601', 'conflicting or redundant options', { at })
      merged[name] = value
    }
  }
  return merged
}

function asMacroParameter(parameter: ast.FunctionParameter): ast.FunctionParameter {
  const { name, type, at } = parameter
  if (name !== null || type === null) return parameter
  return { ...parameter, name: { at, name: type.name, quoted: false }, type: null }
}
