/**
 * One error class per party who can act, each with a SQLSTATE (PostgreSQL, Appendix A) and PostgreSQL's wording:
 * lower case, no full stop, names in "double quotes".
 */

/** Half-open range of characters in a SQL text. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

export interface ErrorDetails {
  /** What to do about it. */
  readonly hint?: string
  readonly detail?: string
  /** Where in the SQL text. */
  readonly at?: TextRange | undefined
  readonly cause?: unknown
}

export type ErrorClass = 'SqlError' | 'DataError' | 'ResourceError' | 'CancelledError' | 'InternalError'

export class SluiceError extends Error {
  readonly sqlstate: string
  readonly hint: string | undefined
  readonly detail: string | undefined
  readonly at: TextRange | undefined

  constructor(sqlstate: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.sqlstate = sqlstate
    this.hint = details.hint
    this.detail = details.detail
    this.at = details.at
  }
}

/** The query's author can act: syntax, names, types, values out of range. */
export class SqlError extends SluiceError {
  override readonly name = 'SqlError'
}

/** The table's writer or the storage is at fault: XX001 corrupt, 58030 I/O, 58P01 missing file. */
export class DataError extends SluiceError {
  override readonly name = 'DataError'
}

/** The operator can act: memory (53200), disk (53100), limits (54000). */
export class ResourceError extends SluiceError {
  override readonly name = 'ResourceError'
}

/** Asked for (57014). */
export class CancelledError extends SluiceError {
  override readonly name = 'CancelledError'
  constructor(message = 'canceling statement due to user request') {
    super('57014', message)
  }
}

/** A fault of ours (XX000). */
export class InternalError extends SluiceError {
  override readonly name = 'InternalError'
  constructor(message: string, details: ErrorDetails = {}) {
    super('XX000', message, {
      hint: 'This is a bug in Sluice: please report it with the output of EXPLAIN.',
      ...details,
    })
  }
}

/** Refuses what is not supported (0A000): never answer half. */
export function unsupported(what: string, details: ErrorDetails = {}): SqlError {
  return new SqlError('0A000', `${what} is not supported`, details)
}

/** A corrupt file (XX001), with where and what was expected. */
export function corrupt(file: string, what: string, details: ErrorDetails = {}): DataError {
  return new DataError('XX001', `${file}: ${what}`, details)
}

/** An error in the form in which it crosses threads. */
export interface PlainError {
  readonly class: ErrorClass
  readonly sqlstate: string
  readonly message: string
  readonly hint?: string
  readonly detail?: string
  readonly at?: TextRange
  readonly stack?: string
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof SluiceError) {
    return {
      class: error.name as ErrorClass,
      sqlstate: error.sqlstate,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      ...(error.at === undefined ? {} : { at: error.at }),
      ...(error.stack === undefined ? {} : { stack: error.stack }),
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? error.stack : undefined
  return { class: 'InternalError', sqlstate: 'XX000', message, ...(stack ? { stack } : {}) }
}

export function fromPlainError(plain: PlainError): SluiceError {
  const details: ErrorDetails = {
    ...(plain.hint === undefined ? {} : { hint: plain.hint }),
    ...(plain.detail === undefined ? {} : { detail: plain.detail }),
    ...(plain.at === undefined ? {} : { at: plain.at }),
  }
  const error = makeError(plain, details)
  if (plain.stack !== undefined) error.stack = plain.stack
  return error
}

function makeError(plain: PlainError, details: ErrorDetails): SluiceError {
  switch (plain.class) {
    case 'SqlError':
      return new SqlError(plain.sqlstate, plain.message, details)
    case 'DataError':
      return new DataError(plain.sqlstate, plain.message, details)
    case 'ResourceError':
      return new ResourceError(plain.sqlstate, plain.message, details)
    case 'CancelledError':
      return new CancelledError(plain.message)
    case 'InternalError':
      return new InternalError(plain.message, details)
  }
}
