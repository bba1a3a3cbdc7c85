/** Errors of regular expressions, worded as PostgreSQL's. */
import { SqlError } from '../../core/errors.ts'

/** 2201B. `what`: as `quantifier operand invalid`. */
export function regexError(what: string): SqlError {
  return new SqlError('2201B', `invalid regular expression: ${what}`)
}

/** Too many states, steps or levels. */
export function tooComplex(): SqlError {
  return regexError('regular expression is too complex')
}
