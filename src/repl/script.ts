/**
 * Runs statements from texts, files and pipes.
 *
 * On a pipe each statement runs as soon as its `;` has been read, also while the pipe stays open. An error does not end the script
 * unless --stop-on-error says so; the exit code tells.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { DataError } from '../core/errors.ts'
import { StatementSplitter } from '../engine/text.ts'
import type { Script } from './arguments.ts'
import type { Client } from './client.ts'

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
  const splitter = new StatementSplitter()
  return runAll(client, [...splitter.push(text), splitter.rest], stopOnError)
}

export async function runStream(
  client: Client,
  stream: Readable,
  stopOnError: boolean,
  name = 'standard input',
): Promise<boolean> {
  const splitter = new StatementSplitter()
  let allWell = true
  stream.setEncoding('utf8')
  try {
    for await (const chunk of stream) {
      const well = await runAll(client, splitter.push(String(chunk)), stopOnError)
      allWell &&= well
      if (!well && stopOnError) return false
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    await client.reportError(new DataError('58P01', `could not read ${name}: ${cause}`), '')
    return false
  }
  const well = await runAll(client, [splitter.rest], stopOnError)
  return allWell && well
}

async function runAll(client: Client, statements: readonly string[], stopOnError: boolean): Promise<boolean> {
  let allWell = true
  for (const statement of statements) {
    if (statement.trim() === '') continue
    const well = await client.run(statement, stopOnError)
    allWell &&= well
    if (!well && stopOnError) return false
  }
  return allWell
}
