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
import { type Copying, startCopy, takesData } from './copy-data.ts'
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
  // Data for COPY FROM STDIN is what stands on the standard input.
  const reader = new ScriptReader(false)
  client.copyInput = process.stdin
  const script = new ScriptRun(client, stopOnError)
  return script.run([...reader.push(text), ...reader.end()]).finally(() => (client.copyInput = undefined))
}

export async function runStream(
  client: Client,
  stream: Readable,
  stopOnError: boolean,
  name = 'standard input',
): Promise<boolean> {
  const reader = new ScriptReader()
  const script = new ScriptRun(client, stopOnError)
  let allWell = true
  stream.setEncoding('utf8')
  try {
    for await (const chunk of stream) {
      const well = await script.run(reader.push(String(chunk)))
      allWell &&= well
      if ((!well && stopOnError) || client.hasQuit) return allWell
    }
  } catch (error) {
    script.cancel()
    const cause = error instanceof Error ? error.message : String(error)
    await client.reportError(new DataError('58P01', `could not read ${name}: ${cause}`), '')
    return false
  }
  const well = await script.run(reader.end())
  return allWell && well
}

/** Runs pieces as they come. */
class ScriptRun {
  readonly #client: Client
  readonly #stopOnError: boolean
  #copying: Copying | undefined

  constructor(client: Client, stopOnError: boolean) {
    this.#client = client
    this.#stopOnError = stopOnError
  }

  /** True when none failed. */
  async run(pieces: readonly ScriptPiece[]): Promise<boolean> {
    let allWell = true
    for (const piece of pieces) {
      const well = await this.#runPiece(piece)
      allWell &&= well
      if ((!well && this.#stopOnError) || this.#client.hasQuit) return allWell
    }
    return allWell
  }

  /** Its data is not whole. */
  cancel(): void {
    if (this.#copying === undefined) return
    this.#client.cancel()
    this.#copying.data.end()
  }

  async #runPiece({ kind, text }: ScriptPiece): Promise<boolean> {
    switch (kind) {
      case 'data':
        await this.#copying?.data.push(text)
        return true
      case 'data-end': {
        const copying = this.#copying
        this.#copying = undefined
        copying?.data.end()
        return (await copying?.done) ?? true
      }
      case 'statement':
      case 'command': {
        const run = (): Promise<boolean> =>
          kind === 'statement' ? this.#client.run(text, this.#stopOnError) : runBackslash(this.#client, text)
        const isOnInput = this.#client.copyInput === process.stdin
        if (isOnInput || !takesData(text)) return run()
        this.#copying = startCopy((data) => {
          this.#client.copyInput = data
          return run().finally(() => (this.#client.copyInput = undefined))
        })
        return true
      }
    }
  }
}

/** Loaded when there is such a line: few scripts have one. */
async function runBackslash(client: Client, line: string): Promise<boolean> {
  const { runCommand } = await import('./commands.ts')
  return runCommand(client, line)
}
