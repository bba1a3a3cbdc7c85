/**
 * Data that comes as a stream (COPY FROM STDIN, and files in the text format), as a CSV file that the readers of files take.
 *
 * The file lies in `temp_directory` and goes when the rows are in the table: data is on the disk, never whole in memory.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError, SluiceError, SqlError, unsupported } from '../../core/errors.ts'
import { plainLocation } from '../../storage/file-location.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import type { CopyOptions } from './copy-options.ts'
import { csvOfText } from './copy-text.ts'

export interface CopyTarget {
  readonly table: string
  readonly columns: readonly string[]
}

/** Runs `work` with a file of the data, which `path` (null: the standard input) has. */
export async function withInput<T>(
  session: Session,
  { path, wanted, target }: { readonly path: string | null; readonly wanted: CopyOptions; readonly target: CopyTarget },
  options: ExecuteOptions,
  work: (file: string) => Promise<T>,
): Promise<T> {
  if (path !== null && wanted.format !== 'text') return work(path)
  if (path === null && wanted.format === 'parquet') throw unsupported('COPY FROM STDIN with format "parquet"')
  const input = path === null ? options.copyInput : chunksOf(plainLocation(path))
  if (input === undefined) {
    throw new SqlError('0A000', 'COPY FROM STDIN is not supported here', {
      hint: 'Name a file, or use db.copyFrom of the API, or the command line.',
    })
  }
  const file = join(
    session.settings.text('temp_directory'),
    `sluice-copy-${randomUUID()}.${wanted.format === 'json' ? 'json' : 'csv'}`,
  )
  try {
    await spool(
      file,
      wanted.format === 'text' ? csvOfText(input, { ...wanted, header: wanted.header === true }, target) : input,
      options,
    )
    return await work(file)
  } catch (error) {
    throw aboutInput(error, file, path ?? 'STDIN')
  } finally {
    await rm(file, { force: true })
  }
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const state = code === 'ENOENT' ? '58P01' : '58030'
    throw new DataError(state, `could not open file "${file}" for reading: ${message}`, { cause: error })
  }
}

const BUFFER_CHARACTERS = 1 << 20

async function spool(
  file: string,
  chunks: AsyncIterable<string | Uint8Array>,
  { signal }: ExecuteOptions,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let pending: string[] = []
    let size = 0
    const flush = async (): Promise<void> => {
      if (pending.length > 0) await handle.writeFile(pending.join(''))
      pending = []
      size = 0
    }
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      if (typeof chunk !== 'string') {
        await flush()
        await handle.writeFile(chunk)
        continue
      }
      pending.push(chunk)
      size += chunk.length
      if (size >= BUFFER_CHARACTERS) await flush()
    }
    await flush()
  } finally {
    await handle.close()
  }
}

/** An error of the file that was read, said of what the user gave. */
function aboutInput(error: unknown, file: string, name: string): unknown {
  if (!(error instanceof SluiceError)) return error
  const { sqlstate, message, hint, detail, at } = error
  const renamed = (text: string): string => text.replaceAll(file, name)
  const details = {
    at,
    cause: error,
    ...(hint === undefined ? {} : { hint: renamed(hint) }),
    ...(detail === undefined ? {} : { detail: renamed(detail) }),
  }
  if (error instanceof SqlError) return new SqlError(sqlstate, renamed(message), details)
  return error instanceof DataError ? new DataError(sqlstate, renamed(message), details) : error
}
