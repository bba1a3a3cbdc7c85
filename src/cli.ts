/** The command line: argv to shell, script or tool. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SluiceError } from './core/errors.ts'
import { startEngine } from './engine/engine.ts'
import { showError } from './engine/text.ts'
import { type CommandLine, HELP, parseCommandLine } from './repl/arguments.ts'
import { Client } from './repl/client.ts'
import { runScripts, runStream } from './repl/script.ts'
import { exitQuietlyOnClosedPipe, outputOf } from './repl/streams.ts'

/** Runs the program and sets the exit code: 0, or 1 after an error. */
export async function main(args: readonly string[]): Promise<void> {
  exitQuietlyOnClosedPipe(process.stdout)
  try {
    process.exitCode = (await run(parseCommandLine(args))) ? 0 : 1
  } catch (error) {
    const text =
      error instanceof SluiceError ? showError(error, '') : String(error instanceof Error ? error.stack : error)
    process.stderr.write(`${text}\n`)
    process.exitCode = 1
  }
}

async function run(line: CommandLine): Promise<boolean> {
  const output = outputOf(process.stdout)
  if (line.help) {
    await output.write(HELP)
    return true
  }
  if (line.version) {
    await output.write(`sluice ${packageVersion()}\n`)
    return true
  }
  if (line.command === 'parse') {
    const { runParseCommand } = await import('./repl/parse-command.ts')
    await runParseCommand(process.stdin, output)
    return true
  }
  if (line.command !== null) {
    throw new SluiceError('0A000', `unknown command "${line.command}"`, { hint: 'sluice --help lists the commands.' })
  }
  return runClient(line)
}

async function runClient(line: CommandLine): Promise<boolean> {
  const streams = { output: outputOf(process.stdout), notices: outputOf(process.stderr) }
  const engine = await startEngine(line.engine)
  try {
    const client = new Client(engine, streams, line.format ?? 'table')
    client.tuplesOnly = line.tuplesOnly
    for (const attachment of line.attach) await client.attach(attachment)
    if (line.scripts.length > 0) {
      cancelOnInterrupt(client)
      return await runScripts(client, line.scripts, line.stopOnError)
    }
    if (process.stdin.isTTY) {
      const { runShell } = await import('./repl/shell.ts')
      await runShell(client, packageVersion())
      return true
    }
    cancelOnInterrupt(client)
    return await runStream(client, process.stdin, line.stopOnError)
  } finally {
    await engine.close()
  }
}

/** The first Ctrl-C cancels the running statement, one without a statement ends the program. */
function cancelOnInterrupt(client: Client): void {
  process.on('SIGINT', () => {
    if (!client.cancel()) process.exit(130)
  })
}

function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const file = fileURLToPath(new URL(path, import.meta.url))
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }
      if (name === 'sluice') return version
    } catch {
      // Not there: dist/src lies one level deeper than src.
    }
  }
  return 'unknown'
}
