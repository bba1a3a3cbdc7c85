/** Does this text parse? For `sluice parse`: never throws. */
import { parse } from './parse.ts'

export type SyntaxCheck = { readonly ok: true } | { readonly ok: false; readonly error: string }

/** Several statements, comments and empty text are fine. */
export function checkSyntax(sql: string): SyntaxCheck {
  try {
    parse(sql)
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
