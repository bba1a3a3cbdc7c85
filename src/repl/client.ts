/**
 * One client at the command line: a session, an output format, and what running a statement prints. Scripts and the interactive shell share it.
 */
import { SluiceError, fromPlainError, toPlainError } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { StatementResult } from '../engine/result.ts'
import type { Progress, Session } from '../engine/session.ts'
import { showError } from '../engine/text.ts'
import type { Attachment } from './arguments.ts'
import { printerNamed } from './output/index.ts'
import type { Output, Printer, PrintOptions } from './output/printer.ts'

export interface ClientStreams {
  readonly output: Output
  /** Errors and notices. */
  readonly notices: Output
}

/** What stands around a table. */
export type Frame = Pick<PrintOptions, 'title' | 'footers'>

export class Client {
  readonly session: Session
  readonly streams: ClientStreams
  /** Where results go: standard output, or a file after `\o`. */
  output: Output
  printer: Printer
  tuplesOnly = false
  timing = false
  nullText = ''
  /** `\q` was given. */
  hasQuit = false
  /** What COPY FROM STDIN reads. */
  copyInput: AsyncIterable<string | Uint8Array> | undefined
  /** Files that `\i` is within. */
  includeDepth = 0
  onProgress: ((progress: Progress) => void) | undefined
  #running: AbortController | undefined

  constructor(engine: Engine, streams: ClientStreams, format: string) {
    this.session = engine.createSession()
    this.streams = streams
    this.output = streams.output
    this.printer = printerNamed(format)
  }

  /** Runs the statements of a text; true when none failed. Stops at the first error if `stopOnError`. */
  async run(text: string, stopOnError = false): Promise<boolean> {
    let statements
    try {
      statements = await this.session.parseIn(text)
    } catch (error) {
      await this.reportError(error, text)
      return false
    }
    let allWell = true
    for (const statement of statements) {
      const execute = () => this.session.execute(statement, this.#options())
      // What is written to the output is no place for a command tag.
      const isSent = statement.kind === 'copy' && statement.direction === 'to' && statement.path === null
      const well = await this.#runOne(execute, text, undefined, isSent)
      allWell &&= well
      if (!well && stopOnError) return false
    }
    return allWell
  }

  /** Prints a result that is not a statement's, with a title and footers as its format has them; true when nothing failed. */
  async show(make: () => Promise<StatementResult>, frame: Frame): Promise<boolean> {
    return this.#runOne(make, '', { ...frame, nullText: '' })
  }

  /** Cancels the statement that runs; false when none does. */
  cancel(): boolean {
    if (this.#running === undefined) return false
    this.#running.abort()
    return true
  }

  async attach({ name, uri, options }: Attachment): Promise<void> {
    const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`
    const list = options.map(([option, value]) => `${option} ${quoted(value)}`)
    const suffix = list.length === 0 ? '' : ` (${list.join(', ')})`
    await this.session.query(`ATTACH ${quoted(uri)} AS "${name.replaceAll('"', '""')}"${suffix}`)
  }

  async reportError(error: unknown, text: string): Promise<void> {
    const known = error instanceof SluiceError ? error : fromPlainError(toPlainError(error))
    if (this.printer.printError !== undefined) return this.printer.printError(known, this.output, text)
    await this.streams.notices.write(`${showError(known, text)}\n`)
  }

  async #print(result: StatementResult, options: PrintOptions): Promise<void> {
    const parts = this.printer.printsCommits === true ? result.parts() : undefined
    if (parts === undefined) return this.printer.print(result, this.output, options)
    for await (const { result: part, offset } of parts) {
      // A commit that changed nothing that is asked for is not worth a line.
      if (await part.hasRows()) await this.printer.print(part, this.output, { ...options, offset })
    }
  }

  #options() {
    const { signal } = this.#running!
    const { output, copyInput } = this
    return {
      signal,
      copyOutput: (text: string) => output.write(text),
      ...(copyInput === undefined ? {} : { copyInput }),
      ...(this.onProgress === undefined ? {} : { onProgress: this.onProgress }),
    }
  }

  async #runOne(
    execute: () => Promise<StatementResult>,
    text: string,
    shown?: Partial<PrintOptions>,
    isSilent = false,
  ): Promise<boolean> {
    this.#running = new AbortController()
    const started = performance.now()
    try {
      const result = await execute()
      const options = { tuplesOnly: this.tuplesOnly, nullText: this.nullText, ...shown }
      if (!isSilent) await this.#print(result, options)
      if (this.timing) await this.streams.notices.write(`Time: ${(performance.now() - started).toFixed(3)} ms\n`)
      return true
    } catch (error) {
      await this.reportError(error, text)
      return false
    } finally {
      this.#running = undefined
    }
  }
}
