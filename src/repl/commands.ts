/** psql's backslash commands. A new command: one entry in COMMANDS. */
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { SqlError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { printerNamed } from './output/index.ts'
import { runStream } from './script.ts'
import { outputOf } from './streams.ts'

export interface CommandContext {
  readonly client: Client
  /** Ends the shell. */
  quit(): void
}

interface Command {
  readonly names: readonly string[]
  readonly argument: string
  readonly description: string
  run(context: CommandContext, argument: string): Promise<void> | void
}

const quote = (name: string): string =>
  name.split('.').map((part) => (part.startsWith('"') ? part : `"${part}"`)).join('.')

let outputFile: WriteStream | undefined

export const COMMANDS: readonly Command[] = [
  {
    names: ['q', 'quit'],
    argument: '',
    description: 'quit',
    run: (context) => context.quit(),
  },
  {
    names: ['?', 'h', 'help'],
    argument: '',
    description: 'show this list',
    run: ({ client }) => client.output.write(commandHelp()),
  },
  {
    names: ['d', 'd+'],
    argument: '[NAME]',
    description: 'describe a table, or list tables',
    run: async ({ client }, name) => {
      await client.run(name === '' ? 'SHOW TABLES' : `DESCRIBE ${quote(name)}`)
    },
  },
  {
    names: ['dt', 'dt+'],
    argument: '[CATALOG]',
    description: 'list tables',
    run: async ({ client }, name) => {
      await client.run(name === '' ? 'SHOW TABLES' : `SHOW TABLES FROM ${quote(name)}`)
    },
  },
  {
    names: ['dn'],
    argument: '',
    description: 'list schemas',
    run: async ({ client }) => void (await client.run('SHOW SCHEMAS')),
  },
  {
    names: ['l'],
    argument: '',
    description: 'list catalogs',
    run: async ({ client }) => void (await client.run('SHOW CATALOGS')),
  },
  {
    names: ['timing'],
    argument: '[on|off]',
    description: 'print the time of each statement',
    run: async ({ client }, value) => {
      client.timing = toggled(client.timing, value)
      await client.streams.notices.write(`Timing is ${client.timing ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['x'],
    argument: '[on|off]',
    description: 'one value a line',
    run: async ({ client }, value) => {
      const isOn = toggled(client.printer.name === 'vertical', value)
      client.printer = printerNamed(isOn ? 'vertical' : 'table')
      await client.streams.notices.write(`Expanded display is ${isOn ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['t'],
    argument: '[on|off]',
    description: 'rows only, without headers and footers',
    run: async ({ client }, value) => {
      client.tuplesOnly = toggled(client.tuplesOnly, value)
      await client.streams.notices.write(`Tuples only is ${client.tuplesOnly ? 'on' : 'off'}.\n`)
    },
  },
  {
    names: ['format'],
    argument: 'NAME',
    description: 'output format: table, csv, json, jsonl, arrow, markdown, vertical',
    run: ({ client }, name) => {
      client.printer = printerNamed(name)
    },
  },
  {
    names: ['pset'],
    argument: 'null TEXT',
    description: 'what stands for NULL',
    run: ({ client }, argument) => {
      const [option, ...value] = argument.split(/\s+/)
      if (option !== 'null') throw new SqlError('22023', `\\pset: unknown option: ${option ?? ''}`)
      client.nullText = value.join(' ').replaceAll(/^'|'$/g, '')
    },
  },
  {
    names: ['i', 'include'],
    argument: 'FILE',
    description: 'run a file',
    run: async ({ client }, file) => {
      if (file === '') throw new SqlError('22023', '\\i: missing required argument')
      await runStream(client, createReadStream(file), false, file)
    },
  },
  {
    names: ['o', 'out'],
    argument: '[FILE]',
    description: 'send results to a file, or back to the screen',
    run: ({ client }, file) => {
      outputFile?.end()
      outputFile = file === '' ? undefined : createWriteStream(file)
      client.output = outputFile === undefined ? client.streams.output : outputOf(outputFile)
    },
  },
  {
    names: ['echo'],
    argument: '[TEXT]',
    description: 'print a text',
    run: ({ client }, text) => client.output.write(`${text}\n`),
  },
]

/** Runs a line that begins with a backslash. Unknown: an error that names `\?`. */
export async function runCommand(context: CommandContext, line: string): Promise<void> {
  const [, name, argument] = /^\\(\S*)\s*(.*?)\s*;?\s*$/s.exec(line) ?? []
  const command = COMMANDS.find((candidate) => candidate.names.includes(name ?? ''))
  if (command === undefined) {
    await context.client.streams.notices.write(`invalid command \\${name ?? ''}\nTry \\? for help.\n`)
    return
  }
  try {
    await command.run(context, argument ?? '')
  } catch (error) {
    await context.client.reportError(error, '')
  }
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
