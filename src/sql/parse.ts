/**
 * SQL text to syntax trees: lexer.ts makes one character per token, the parser generated from grammar/sql.peggy parses
 * that, tree-builder.ts and precedence.ts make the nodes. Linear in the length of the text.
 */
import { ResourceError } from '../core/errors.ts'
import type { Statement } from './ast.ts'
import { parse as parseTokens, SyntaxError as TokenError } from './generated.js'
import { errorNear, tokenize, tooDeep } from './lexer.ts'
import { TreeBuilder } from './tree-builder.ts'

export interface ParseOptions {
  /** Brackets and CASE within each other; 54001 beyond. */
  readonly maxDepth?: number
  /** In characters; 54000 beyond. */
  readonly maxLength?: number
}

const MAX_DEPTH = 1000
/** Memory while parsing is about 40 times the text's. */
const MAX_LENGTH = 64 * 1024 * 1024

/** The statements of `text`, in order; none for empty text. Throws SqlError 42601 with `at`, ResourceError 54001 and 54000. */
export function parse(text: string, options: ParseOptions = {}): Statement[] {
  const maxDepth = options.maxDepth ?? MAX_DEPTH
  const maxLength = options.maxLength ?? MAX_LENGTH
  if (text.length > maxLength) {
    throw new ResourceError('54000', `statement is longer than ${maxLength} characters`)
  }
  const tokens = tokenize(text, maxDepth)
  try {
    return parseTokens(tokens.kinds, { tree: new TreeBuilder(tokens) })
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(maxDepth)
    if (!(error instanceof TokenError)) throw error
    const token = error.location.start.offset
    const start = tokens.starts[token] ?? text.length
    throw errorNear('syntax error', text, { start, end: tokens.ends[token] ?? text.length })
  }
}
