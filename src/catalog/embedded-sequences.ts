/**
 * Sequences of the embedded catalog: a folder each, in which every change is a file of its own.
 *
 *   lake/.sluice/sequences/<hash of schema and name>/<N>.json
 *     {"format-version": 1, "schema", "name", "id", "type", "start", "increment", "min", "max", "cache", "cycle", "owner"?,
 *      "last", "is-called", "dropped"?}                 numbers are texts: they have 64 bits
 *
 * The file with the highest N counts. Who changes a sequence makes N + 1, which only one process can; the others look again. So values are taken
 * in runs, and no value is in two of them. All but the last files are deleted: a process that was halted for so long that N + 1 was there and is gone
 * finds much later files than its own, and looks again.
 *
 * A sequence does not go back with a transaction: what was taken stays taken.
 */
import { createHash, randomUUID } from 'node:crypto'
import { SqlError, corrupt, unsupported } from '../core/errors.ts'
import { type JsonObject, isJsonObject, parseExactJson, writeExactJson } from '../core/exact-json.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import type { SyncStorage } from '../storage/storage.ts'
import {
  type Sequence,
  type SequenceDefinition,
  type SequenceOwner,
  type SequenceRun,
  type SequenceState,
  type SequenceStore,
  nextRun,
  sameState,
  sequenceExists,
  stateWithout,
} from './sequence.ts'

export const SEQUENCES_FOLDER: readonly string[] = ['.sluice', 'sequences']

const NUMBER_TEXT = /^-?\d{1,19}$/
const VERSION_NAME = /^(\d{1,15})\.json$/
/** Versions behind the newest that are kept. */
const KEPT = 16
/** Folders looked into: a directory is not trusted. */
const SEQUENCES_MAX = 10_000
/** With other processes taking values all the time. */
const ATTEMPTS_MAX = 10_000

interface Version {
  readonly number: number
  readonly content: Content
}

interface Content {
  readonly schema: string
  readonly name: string
  /** Another one for each CREATE SEQUENCE. */
  readonly id: string
  readonly definition: SequenceDefinition
  readonly state: SequenceState
  readonly isDropped: boolean
}

export class EmbeddedSequences implements SequenceStore {
  readonly #url: string
  readonly #access: StorageAccess

  constructor({ url, access }: { readonly url: string; readonly access: StorageAccess }) {
    this.#url = joinLocation(url, ...SEQUENCES_FOLDER)
    this.#access = access
  }

  list(schema: string): readonly Sequence[] {
    const { sync } = this.#access.storageFor(this.#url)
    const folders = sync?.list(this.#url) ?? []
    if (folders.length > SEQUENCES_MAX) throw new SqlError('54000', `more than ${SEQUENCES_MAX} sequences`)
    const found = folders.flatMap((folder) => {
      const log = new SequenceLog(this.#storage, joinLocation(this.#url, folder))
      const content = log.newest()?.content
      return content === undefined || content.isDropped || content.schema !== schema ? [] : [new Stored(log, content)]
    })
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(schema: string, name: string): Sequence | undefined {
    if (this.#access.storageFor(this.#url).sync === undefined) return undefined
    const log = this.#logOf(schema, name)
    const content = log.newest()?.content
    return content === undefined || content.isDropped ? undefined : new Stored(log, content)
  }

  create(
    schema: string,
    name: string,
    definition: SequenceDefinition,
    state: SequenceState,
    id: string = randomUUID(),
  ): void {
    this.#logOf(schema, name).update((before) => {
      if (before !== undefined && !before.isDropped) throw sequenceExists(name)
      return { schema, name, id, definition, state, isDropped: false }
    })
  }

  alter(sequence: Sequence, definition: SequenceDefinition, state: SequenceState): void {
    this.#change(sequence, (before) => ({ ...before, definition, state }))
  }

  rename(sequence: Sequence, schema: string, name: string): void {
    const state = sequence.state()
    // The new one first, so that there is one whatever happens; the old one gives no value in between.
    this.create(schema, name, sequence.definition, state, sequence.key)
    try {
      this.#change(sequence, (before) => {
        if (!sameState(before.state, state)) throw busy(sequence.name)
        return { ...before, isDropped: true }
      })
    } catch (error) {
      const made = this.find(schema, name)
      if (made !== undefined) this.drop(made)
      throw error
    }
  }

  drop(sequence: Sequence): void {
    this.#change(sequence, (before) => ({ ...before, isDropped: true }))
  }

  /** Changes the sequence if it is still this one. */
  #change({ schema, name, key }: Sequence, next: (before: Content) => Content): void {
    this.#logOf(schema, name).update((before) => next(sameSequence(before, name, key)))
  }

  #logOf(schema: string, name: string): SequenceLog {
    const hash = createHash('sha256')
      .update(JSON.stringify([schema, name]))
      .digest('hex')
      .slice(0, 24)
    return new SequenceLog(this.#storage, joinLocation(this.#url, hash))
  }

  get #storage(): SyncStorage {
    const { sync, scheme } = this.#access.storageFor(this.#url)
    if (sync === undefined) throw unsupported(`a sequence in a catalog at ${scheme}:`)
    return sync
  }
}

class Stored implements Sequence {
  readonly schema: string
  readonly name: string
  readonly key: string
  readonly definition: SequenceDefinition
  readonly #log: SequenceLog

  constructor(log: SequenceLog, { schema, name, id, definition }: Content) {
    this.#log = log
    this.schema = schema
    this.name = name
    this.key = id
    this.definition = definition
  }

  state(): SequenceState {
    return sameSequence(this.#log.newest()?.content, this.name, this.key).state
  }

  take(count: number): SequenceRun {
    let run: SequenceRun | undefined
    this.#log.update((found) => {
      const before = sameSequence(found, this.name, this.key)
      run = nextRun(this.name, before.definition, before.state, BigInt(count))
      return { ...before, state: run.after }
    })
    return run!
  }

  giveBack(run: SequenceRun, rest: bigint): void {
    this.#log.update((before) => {
      const isOurs = before !== undefined && before.id === this.key && sameState(before.state, run.after)
      return isOurs ? { ...before, state: stateWithout(run, rest, before.definition) } : undefined
    })
  }

  set(state: SequenceState): void {
    this.#log.update((before) => ({ ...sameSequence(before, this.name, this.key), state }))
  }
}

function sameSequence(content: Content | undefined, name: string, key: string): Content {
  if (content !== undefined && !content.isDropped && content.id === key) return content
  throw new SqlError('42P01', `relation "${name}" does not exist`)
}

function busy(name: string): SqlError {
  return new SqlError('40001', `sequence "${name}" was used meanwhile`)
}

/** The files of one sequence. */
class SequenceLog {
  readonly #storage: SyncStorage
  readonly #folder: string

  constructor(storage: SyncStorage, folder: string) {
    this.#storage = storage
    this.#folder = folder
  }

  newest(): Version | undefined {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const number = Math.max(...this.#numbers())
      if (number < 0) return undefined
      const url = this.#fileOf(number)
      const bytes = this.#storage.read(url)
      // Gone: there are newer ones.
      if (bytes !== undefined) return { number, content: parseContent(bytes, url) }
    }
    throw busy(this.#folder)
  }

  /** Publishes what `next` makes of the newest version; nothing when that is undefined. Called again when another was faster. */
  update(next: (before: Content | undefined) => Content | undefined): void {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const before = this.newest()
      const content = next(before?.content)
      if (content === undefined || content === before?.content) return
      const number = (before?.number ?? 0) + 1
      const url = this.#fileOf(number)
      if (!this.#storage.putIfAbsent(url, new TextEncoder().encode(writeExactJson(jsonOf(content))))) continue
      const numbers = this.#numbers()
      // Later than that: the file may have been made and deleted before.
      if (Math.max(...numbers) > number + KEPT) continue
      for (const old of numbers) if (old >= 0 && old < number - KEPT) this.#storage.delete(this.#fileOf(old))
      return
    }
    throw busy(this.#folder)
  }

  #numbers(): readonly number[] {
    const names = this.#storage.list(this.#folder).map((name) => Number(VERSION_NAME.exec(name)?.[1] ?? -1))
    return [-1, ...names]
  }

  #fileOf(number: number): string {
    return joinLocation(this.#folder, `${number}.json`)
  }
}

function jsonOf({ schema, name, id, definition, state, isDropped }: Content): JsonObject {
  const { type, start, increment, min, max, cache, cycle, owner } = definition
  return {
    'format-version': 1,
    schema,
    name,
    id,
    type,
    start: String(start),
    increment: String(increment),
    min: String(min),
    max: String(max),
    cache: String(cache),
    cycle,
    ...(owner === null ? {} : { owner: { table: owner.table, column: owner.column, 'is-identity': owner.isIdentity } }),
    last: String(state.last),
    'is-called': state.isCalled,
    ...(isDropped ? { dropped: true } : {}),
  }
}

function parseContent(bytes: Uint8Array, file: string): Content {
  const json = parseExactJson(bytes, file)
  if (!isJsonObject(json)) throw corrupt(file, 'a sequence is not a JSON object')
  const { schema, name, id, type } = json
  if (Number(json['format-version']) !== 1) throw corrupt(file, 'a sequence of an unknown format-version')
  if (typeof schema !== 'string' || typeof name !== 'string' || typeof id !== 'string') {
    throw corrupt(file, 'a sequence lacks its name')
  }
  if (type !== 'smallint' && type !== 'integer' && type !== 'bigint') throw corrupt(file, 'a sequence of no known type')
  const number = (key: string): bigint => {
    const text = json[key]
    if (typeof text !== 'string' || !NUMBER_TEXT.test(text)) throw corrupt(file, `"${key}" of a sequence is no number`)
    return BigInt(text)
  }
  const definition: SequenceDefinition = {
    type,
    start: number('start'),
    increment: number('increment'),
    min: number('min'),
    max: number('max'),
    cache: number('cache'),
    cycle: json['cycle'] === true,
    owner: ownerOf(json, file),
  }
  if (definition.increment === 0n) throw corrupt(file, 'a sequence that does not move')
  const state = { last: number('last'), isCalled: json['is-called'] === true }
  return { schema, name, id, definition, state, isDropped: json['dropped'] === true }
}

function ownerOf(json: JsonObject, file: string): SequenceOwner | null {
  const { owner } = json
  if (owner === undefined) return null
  if (!isJsonObject(owner)) throw corrupt(file, 'the owner of a sequence is not a JSON object')
  const { table, column, 'is-identity': isIdentity } = owner
  if (typeof table !== 'string' || typeof column !== 'string')
    throw corrupt(file, 'the owner of a sequence has no name')
  return { table, column, isIdentity: isIdentity === true }
}
