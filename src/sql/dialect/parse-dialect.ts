/**
 * Statements in another dialect to this engine's trees, or 0A000 with the name of what can't be had exactly.
 *
 *   text --source-text--> tokens, and the text with stand-ins for literals and names in quotes
 *        --foreign parser, in a worker, with a time limit--> its tree, and the tree printed by it
 *        --check--> printed tokens are the written ones: nothing was dropped or taken for something else
 *        --convert-query--> this engine's tree, grouped anew (regroup.ts)
 *        --check--> where this engine's own parser takes the text too, both trees have one form
 */
import { SqlError } from '../../core/errors.ts'
import type { Statement } from '../ast.ts'
import { parse } from '../parse.ts'
import { checkTokens } from './check-tokens.ts'
import { convertQuery } from './convert-query.ts'
import type { Dialect } from './dialect.ts'
import { dialectNamed } from './dialects/index.ts'
import { cannotConvert } from './foreign-node.ts'
import { parseForeign } from './foreign-parser.ts'
import { sameTree } from './same-tree.ts'
import { readSource, type SourceText } from './source-text.ts'

/** Statements of the session: the same in every dialect. */
const OWN = new Set(
  'set reset show begin start commit rollback savepoint release attach detach use describe deallocate close discard'.split(
    ' ',
  ),
)
const QUERIES = new Set(['select', 'with', '('])

/** Of the foreign parser, a statement: its time for some wrong texts doubles with each bracket. TPC-DS's longest takes 0.3 s. */
const TIMEOUT_MS = 5000

export interface DialectOptions {
  /** 57014 beyond. */
  readonly timeoutMs?: number
}

/** Errors: 42601, 0A000 for what can't be had exactly, 57014, 54000; 22023 for an unknown dialect. */
export async function parseDialect(text: string, name: string, options: DialectOptions = {}): Promise<Statement[]> {
  const dialect = dialectNamed(name)
  const statements: Statement[] = []
  for (const source of readSource(text, dialect.lexical)) {
    const first = source.tokens[0]!.toLowerCase()
    if (OWN.has(first)) statements.push(...parse(source.written))
    else if (QUERIES.has(first)) statements.push(await query(source, dialect, options))
    else throw cannotConvert(`the statement ${first.toUpperCase()}`)
  }
  return statements
}

async function query(
  source: SourceText,
  dialect: Dialect,
  { timeoutMs = TIMEOUT_MS }: DialectOptions,
): Promise<Statement> {
  const { tree, printed } = await parseForeign(source.text, dialect.grammar, timeoutMs)
  checkTokens(source.tokens, printed, dialect.grammar === 'transactsql' ? 'names' : 'subscripts')
  const own = ownTree(source.text)
  if (own !== null && !sameTree(own, convertQuery(tree, source, dialect, true))) {
    throw cannotConvert('a construct that is read in two ways')
  }
  const at = { start: 0, end: source.written.length }
  return { kind: 'query', at, query: convertQuery(tree, source, dialect, false) }
}

/** Null where this engine's grammar has no such text. */
function ownTree(text: string): unknown {
  try {
    const [statement, ...others] = parse(text)
    return statement?.kind === 'query' && others.length === 0 ? statement.query : null
  } catch (error) {
    if (error instanceof SqlError) return null
    throw error
  }
}
