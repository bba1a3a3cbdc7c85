/**
 * Entry point of the thread that runs the foreign parser. A grammar is loaded when a text first needs it; the build puts each into a file
 * of its own (scripts/build-bundles.mjs).
 */
import { parentPort } from 'node:worker_threads'
import type { ForeignGrammar } from './dialect.ts'

interface ForeignParser {
  astify(text: string, options: { readonly database: string }): unknown
  sqlify(tree: unknown, options: { readonly database: string }): string
}

interface ForeignModule {
  readonly Parser?: new () => ForeignParser
  readonly default?: { readonly Parser: new () => ForeignParser }
}

const GRAMMARS: Readonly<Record<ForeignGrammar, () => Promise<unknown>>> = {
  bigquery: () => import('node-sql-parser/build/bigquery.js'),
  flinksql: () => import('node-sql-parser/build/flinksql.js'),
  hive: () => import('node-sql-parser/build/hive.js'),
  mariadb: () => import('node-sql-parser/build/mariadb.js'),
  mysql: () => import('node-sql-parser/build/mysql.js'),
  redshift: () => import('node-sql-parser/build/redshift.js'),
  snowflake: () => import('node-sql-parser/build/snowflake.js'),
  sqlite: () => import('node-sql-parser/build/sqlite.js'),
  transactsql: () => import('node-sql-parser/build/transactsql.js'),
  trino: () => import('node-sql-parser/build/trino.js'),
}

export interface ForeignRequest {
  readonly id: number
  readonly text: string
  readonly grammar: ForeignGrammar
}

/** The tree as JSON. */
export type ForeignReply =
  | { readonly id: number; readonly tree: string; readonly printed: string }
  | { readonly id: number; readonly message: string; readonly offset: number | null }

const parsers = new Map<ForeignGrammar, ForeignParser>()

async function parserOf(grammar: ForeignGrammar): Promise<ForeignParser> {
  const known = parsers.get(grammar)
  if (known !== undefined) return known
  const module = (await GRAMMARS[grammar]()) as ForeignModule
  const Parser = module.Parser ?? module.default!.Parser
  const parser = new Parser()
  parsers.set(grammar, parser)
  return parser
}

async function answer({ id, text, grammar }: ForeignRequest): Promise<ForeignReply> {
  const parser = await parserOf(grammar)
  try {
    const parsed = parser.astify(text, { database: grammar })
    const tree = Array.isArray(parsed) && parsed.length === 1 ? (parsed[0] as unknown) : parsed
    return { id, tree: JSON.stringify(tree), printed: parser.sqlify(tree, { database: grammar }) }
  } catch (error) {
    const { message, location } = error as { message: string; location?: { start?: { offset?: number } } }
    return { id, message: message.slice(0, 1000), offset: location?.start?.offset ?? null }
  }
}

parentPort?.on('message', (request: ForeignRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply))
})
