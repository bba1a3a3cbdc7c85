/** The command line as data. */
import { parseArgs } from 'node:util'
import { SqlError } from '../core/errors.ts'
import type { EngineOptions } from '../engine/engine.ts'

export interface CommandLine {
  readonly engine: EngineOptions
  readonly format: string | null
  readonly attach: readonly Attachment[]
  /** Scripts in the order given: -c texts and -f files. */
  readonly scripts: readonly Script[]
  readonly stopOnError: boolean
  readonly tuplesOnly: boolean
  readonly help: boolean
  readonly version: boolean
  /** `parse`, `serve`, ... or null for the shell. */
  readonly command: string | null
  readonly commandArguments: readonly string[]
}

export interface Attachment {
  readonly name: string
  readonly uri: string
  readonly options: readonly (readonly [string, string])[]
}

export type Script = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string }

export const HELP = `Usage: sluice [options]              open the SQL shell, or run standard input as a script
       sluice -c "SQL; SQL"          run statements
       sluice -f file.sql            run a file
       sluice tpch --scale 1 --into lake.tpch
                                     make TPC-H tables (sluice tpch --help)
       sluice parse --jsonl          check the syntax of {"id","sql"} lines

Options:
  -c, --command SQL         run SQL and exit (may be repeated)
  -f, --file FILE           run a file and exit (may be repeated)
      --format FORMAT       table, csv, json, jsonl, arrow, markdown or vertical
      --attach NAME=URI[,option=value...]
                            attach a directory of tables under a name
      --set NAME=VALUE      set a parameter (SHOW ALL lists them)
      --memory-limit SIZE   as --set memory_limit=SIZE, for example 1GB
      --threads N           as --set threads=N
      --data-dir DIR        where tables of the embedded catalog lie (default ./lake)
      --stop-on-error       end at the first error
  -t, --tuples-only         no headers and footers
      --version, --help
`

export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals, tokens } = parse(args)
  const scripts: Script[] = []
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue
    if (token.name === 'command') scripts.push({ kind: 'text', text: token.value })
    if (token.name === 'file') scripts.push({ kind: 'file', path: token.value })
  }
  const settings: Record<string, string> = {}
  for (const item of values.set ?? []) {
    const [name, value] = splitOnce(item, '=', '--set')
    settings[name] = value
  }
  if (values['memory-limit'] !== undefined) settings['memory_limit'] = values['memory-limit']
  if (values.threads !== undefined) settings['threads'] = values.threads
  const dataDirectory = values['data-dir']
  return {
    engine: { settings, ...(dataDirectory === undefined ? {} : { dataDirectory }) },
    format: values.format ?? null,
    attach: (values.attach ?? []).map(parseAttachment),
    scripts,
    stopOnError: values['stop-on-error'] ?? false,
    tuplesOnly: values['tuples-only'] ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
    command: positionals[0] ?? null,
    commandArguments: [...positionals.slice(1), ...(values.jsonl === true ? ['--jsonl'] : [])],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: {
        command: { type: 'string', short: 'c', multiple: true },
        file: { type: 'string', short: 'f', multiple: true },
        format: { type: 'string' },
        attach: { type: 'string', multiple: true },
        set: { type: 'string', multiple: true },
        'memory-limit': { type: 'string' },
        threads: { type: 'string' },
        'data-dir': { type: 'string' },
        'stop-on-error': { type: 'boolean' },
        'tuples-only': { type: 'boolean', short: 't' },
        jsonl: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new SqlError('22023', error instanceof Error ? error.message : String(error), {
      hint: 'sluice --help lists the options.',
    })
  }
}

function splitOnce(text: string, separator: string, option: string): [string, string] {
  const index = text.indexOf(separator)
  if (index <= 0) throw new SqlError('22023', `${option} needs name=value, not "${text}"`)
  return [text.slice(0, index), text.slice(index + 1)]
}

/** `name=uri,option=value,...`: a comma belongs to the uri unless `word=` follows it. */
function parseAttachment(text: string): Attachment {
  const [name, rest] = splitOnce(text, '=', '--attach')
  const [uri, ...options] = rest.split(/,(?=[A-Za-z_]+=)/)
  return { name, uri: uri!, options: options.map((option) => splitOnce(option, '=', '--attach')) }
}
