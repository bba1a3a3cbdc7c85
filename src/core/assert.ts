import { InternalError } from './errors.ts'

/** States what must hold whatever the user does; user input never trips it. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(`assertion failed: ${message}`)
}

/** Marks a switch as complete: the compiler rejects a call that can be reached. */
export function unreachable(value: never): never {
  throw new InternalError(`unreachable: ${JSON.stringify(value)}`)
}

/** `value`, which cannot be undefined here because of `why`. */
export function defined<T>(value: T | undefined | null, why: string): T {
  if (value === undefined || value === null) throw new InternalError(`missing: ${why}`)
  return value
}
