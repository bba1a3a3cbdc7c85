/** psql's backslash commands. A new command: one entry in COMMANDS. */
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { DataError, SqlError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { describeTables, listFunctions, listTables } from './describe.ts'
import { printerNamed } from './output/index.ts'
import { runStream } from './script.ts'
import { outputOf } from './streams.ts'

interface Command {
  readonly names: readonly string[]
  readonly argument: string
  readonly description: string
  /** False or an error: it failed. `isLong`: its name ends in `+`. */
  run(client: Client, argument: string, how: { readonly isLong: boolean }): Promise<boolean | void> | void
}

let outputFile: WriteStream | undefined

const INCLUDE_DEPTH_MAX = 50

export const COMMANDS: readonly Command[] = [
  {
    names: ['q', 'quit'],
    argument: '',
    description: 'quit',
    run: (client) => {
      client.hasQuit = true
    },
  },
  {
    names: ['?', 'h', 'help'],
    argument: '',
    description: 'show this list',
    run: (client) => client.output.write(commandHelp()),
  },
  {
    names: ['d', 'd+'],
    argument: '[NAME]',
    description: 'describe a table, or list tables',
    run: (client, name, { isLong }) =>
      name === '' ? listTables(client, name, isLong) : describeTables(client, name, isLong),
  },
  {
    names: ['dt', 'dt+'],
    argument: '[PATTERN]',
    description: 'list tables; * and ? stand for any text and any character',
    run: (client, pattern, { isLong }) => listTables(client, pattern, isLong),
  },
  {
    names: ['df'],
    argument: '[PATTERN]',
    description: 'list the functions and macros that users defined',
    run: (client, pattern) => listFunctions(client, pattern),
  },
  {
    names: ['dn'],
    argument: '',
    description: 'list schemas',
    run: (client) => client.run('SHOW SCHEMAS'),
  },
  {
    names: ['l'],
    argument: '',
    description: 'list catalogs',
    run: (client) => client.run('SHOW CATALOGS'),
  },
  {
    names: ['dialect'],
    argument: '[NAME]',
    description: 'dialect of queries: postgresql, mysql, spark, ...',
    run: async (client, name) => {
      if (name !== '') client.session.settings.set('dialect', name)
      await client.streams.notices.write(`Dialect is ${client.session.settings.text('dialect')}.\n`)
    },
  },
  {
    names: ['timing'],
    argument: '[on|off]',
    description: 'print the time of each statement',
    run: async (client, value) => {
      client.timing = toggled(client.timing, value)
      await client.streams.notices.write(`Timing is ${client.timing ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['x'],
    argument: '[on|off]',
    description: 'one value a line',
    run: async (client, value) => {
      const isOn = toggled(client.printer.name === 'vertical', value)
      client.printer = printerNamed(isOn ? 'vertical' : 'table')
      await client.streams.notices.write(`Expanded display is ${isOn ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['t'],
    argument: '[on|off]',
    description: 'rows only, without headers and footers',
    run: async (client, value) => {
      client.tuplesOnly = toggled(client.tuplesOnly, value)
      await client.streams.notices.write(`Tuples only is ${client.tuplesOnly ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['format'],
    argument: 'NAME',
    description: 'output format: table, csv, json, jsonl, arrow, markdown, vertical',
    run: (client, name) => {
      client.printer = printerNamed(name)
    },
  },
  {
    names: ['pset'],
    argument: 'null TEXT',
    description: 'what stands for NULL',
    run: (client, argument) => {
      const [option, ...value] = argument.split(/\s+/)
      if (option !== 'null') throw new SqlError('22023', `\\pset: unknown option: ${option ?? ''}`)
      client.nullText = value.join(' ').replaceAll(/^'|'$/g, '')
    },
  },
  {
    names: ['i', 'include'],
    argument: 'FILE',
    description: 'run a file',
    run: async (client, file) => {
      if (file === '') throw new SqlError('22023', '\\i: missing required argument')
      // A file that runs itself would never end.
      if (client.includeDepth >= INCLUDE_DEPTH_MAX)
        throw new SqlError('54001', `\\i: files are nested more than ${INCLUDE_DEPTH_MAX} deep`)
      client.includeDepth += 1
      try {
        return await runStream(client, createReadStream(file), false, file)
      } finally {
        client.includeDepth -= 1
      }
    },
  },
  {
    names: ['o', 'out'],
    argument: '[FILE]',
    description: 'send results to a file, or back to the screen',
    run: async (client, file) => {
      await closed(outputFile)
      outputFile = undefined
      client.output = client.streams.output
      outputFile = file === '' ? undefined : await opened(file)
      client.output = outputFile === undefined ? client.streams.output : outputOf(outputFile)
    },
  },
  {
    names: ['copy'],
    argument: 'TABLE from|to FILE',
    description: 'COPY with a file name, stdin or stdout; (query) to FILE',
    run: (client, argument) => client.run(copyStatement(argument)),
  },
  {
    names: ['echo'],
    argument: '[TEXT]',
    description: 'print a text',
    run: (client, text) => client.output.write(`${text}\n`),
  },
]

/** psql's form: the name of the file needs no quotes, and `pstdin` is the standard input. */
function copyStatement(argument: string): string {
  const words = /^([^]*\s)(from|to)\s+('(?:[^']|'')*'|"(?:[^"]|"")*"|\S+)([^]*)$/i.exec(argument)
  const [, what, direction, file, options] = words ?? []
  if (what === undefined) throw new SqlError('42601', '\\copy: arguments required', { hint: '\\copy TABLE from FILE' })
  const standard = /^p?(stdin|stdout)$/i.exec(file!)?.[1]
  const isQuoted = file!.startsWith("'")
  const name = standard?.toUpperCase() ?? (isQuoted ? file! : `'${file!.replaceAll("'", "''")}'`)
  return `COPY ${what} ${direction!} ${name} ${options!}`
}

/** Runs a line that begins with a backslash; true when it went well. Unknown: an error that names `\\?`. */
export async function runCommand(client: Client, line: string): Promise<boolean> {
  const [, name, argument] = /^\\(\S*)\s*(.*?)\s*;?\s*$/s.exec(line) ?? []
  const command = COMMANDS.find((candidate) => candidate.names.includes(name ?? ''))
  try {
    if (command === undefined) {
      throw new SqlError('42601', `invalid command \\${name ?? ''}`, { hint: 'Try \\? for help.' })
    }
    return (await command.run(client, argument ?? '', { isLong: name!.endsWith('+') })) !== false
  } catch (error) {
    await client.reportError(error, '')
    return false
  }
}

async function opened(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path)
  try {
    await once(stream, 'open')
  } catch (error) {
    throw new DataError(
      '58030',
      `could not open file "${path}": ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return stream
}

async function closed(stream: WriteStream | undefined): Promise<void> {
  if (stream === undefined) return
  stream.end()
  await finished(stream)
}

function toggled(current: boolean, value: string): boolean {
  return value === '' ? !current : ['on', 'true', '1'].includes(value.toLowerCase())
}

function commandHelp(): string {
  const lines = COMMANDS.map(({ names, argument, description }) => {
    return `  ${`\\${names[0]!} ${argument}`.padEnd(18)} ${description}`
  })
  return `${lines.join('\n')}\n\nStatements end with a semicolon. Ctrl-C cancels the running statement, Ctrl-D quits.\n`
}
