/**
 * Runs statements from texts, files and pipes.
 *
 * On a pipe each statement runs as soon as its `;` has been read, also while the pipe stays open. An error does not end the script
 * unless --stop-on-error says so; the exit code tells.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { DataError } from '../core/errors.ts'
import type { Script } from './arguments.ts'
import type { Client } from './client.ts'
import { type ScriptPiece, ScriptReader } from './script-reader.ts'

/** Runs the scripts in order; true when no statement failed. */
export async function runScripts(client: Client, scripts: readonly Script[], stopOnError: boolean): Promise<boolean> {
  let allWell = true
  for (const script of scripts) {
    const well =
      script.kind === 'text'
        ? await runText(client, script.text, stopOnError)
        : await runStream(client, createReadStream(script.path), stopOnError, script.path)
    allWell &&= well
    if (!well && stopOnError) return false
  }
  return allWell
}

/** Runs a text statement by statement, so that one syntax error does not keep the others from running. */
async function runText(client: Client, text: string, stopOnError: boolean): Promise<boolean> {
  const reader = new ScriptReader()
  return runAll(client, [...reader.push(text), ...reader.end()], stopOnError)
}

export async function runStream(
  client: Client,
  stream: Readable,
  stopOnError: boolean,
  name = 'standard input',
): Promise<boolean> {
  const reader = new ScriptReader()
  let allWell = true
  stream.setEncoding('utf8')
  try {
    for await (const chunk of stream) {
      const well = await runAll(client, reader.push(String(chunk)), stopOnError)
      allWell &&= well
      if ((!well && stopOnError) || client.hasQuit) return allWell
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    await client.reportError(new DataError('58P01', `could not read ${name}: ${cause}`), '')
    return false
  }
  const well = await runAll(client, reader.end(), stopOnError)
  return allWell && well
}

async function runAll(client: Client, pieces: readonly ScriptPiece[], stopOnError: boolean): Promise<boolean> {
  let allWell = true
  for (const { kind, text } of pieces) {
    const well = kind === 'statement' ? await client.run(text, stopOnError) : await runBackslash(client, text)
    allWell &&= well
    if ((!well && stopOnError) || client.hasQuit) return allWell
  }
  return allWell
}

/** Loaded when there is such a line: few scripts have one. */
async function runBackslash(client: Client, line: string): Promise<boolean> {
  const { runCommand } = await import('./commands.ts')
  return runCommand(client, line)
}
