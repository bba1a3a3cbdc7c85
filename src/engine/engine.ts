/**
 * The engine: what sessions share. One shared memory, one pool of workers, the attached catalogs.
 *
 * Memory and workers are made on first use, so that opening an engine costs nothing.
 */
import type { Catalog } from '../catalog/catalog.ts'
import { SqlError } from '../core/errors.ts'
import { enableBlockCache } from '../core/block-cache.ts'
import { type EngineMemory, createMemory, memoryUse } from '../core/memory.ts'
import type { Executor } from '../exec/executor.ts'
import { type Kernels, createKernels } from '../kernel/kernels.ts'
import type { UserFunction } from '../plan/bind/user-function.ts'
import type { Table } from '../table/table.ts'
import { lazyEmbeddedCatalog } from './lazy-catalog.ts'
import { Session } from './session.ts'
import { DEFAULT_CATALOG, type SessionHost } from './session-host.ts'
import { Settings } from './settings.ts'

export interface EngineOptions {
  /** Directory of the embedded catalog's tables; made when the first table is. Default `./lake`. */
  readonly dataDirectory?: string
  /** Values for settings, by name. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
}

export class Engine implements SessionHost {
  readonly settings: Settings = new Settings()
  readonly catalogs: Map<string, Catalog> = new Map()
  /** In-memory tables by name. */
  readonly registered: Map<string, Table> = new Map()
  readonly functions: Map<string, readonly UserFunction[]> = new Map()
  readonly dataDirectory: string
  #memory: EngineMemory | undefined
  #kernels: Kernels | undefined
  #executor: Promise<Executor> | undefined
  /** For as long as somebody holds them: what they leave open is rolled back when the engine closes. */
  readonly #sessions = new Set<Session>()
  #isClosed = false
  readonly #closing = new AbortController()

  constructor(options: EngineOptions = {}) {
    this.dataDirectory = options.dataDirectory ?? './lake'
    for (const [name, value] of Object.entries(options.settings ?? {})) this.settings.set(name, value)
    this.catalogs.set(DEFAULT_CATALOG, lazyEmbeddedCatalog(DEFAULT_CATALOG, this.dataDirectory))
  }

  createSession(): Session {
    const session = new Session(this)
    this.#sessions.add(session)
    return session
  }

  /** The shared memory: one for all sessions. */
  get memory(): EngineMemory {
    if (this.#isClosed) throw new SqlError('57P01', 'the engine is closed')
    this.settings.start()
    if (this.#memory === undefined) {
      this.#memory = createMemory(this.settings.number('memory_limit'))
      const share = this.settings.number('page_cache_percent') / 100
      enableBlockCache(this.#memory, this.settings.number('memory_limit') * share)
    }
    return this.#memory
  }

  /** Kernels of the calling thread. */
  get kernels(): Kernels {
    this.#kernels ??= createKernels(this.memory)
    return this.#kernels
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  executor(): Promise<Executor> {
    this.#executor ??= this.#startExecutor()
    return this.#executor
  }

  async #startExecutor(): Promise<Executor> {
    const { createExecutor } = await import('../exec/executor.ts')
    return createExecutor({
      memory: this.memory,
      threads: this.settings.number('threads'),
      tempDirectory: this.settings.text('temp_directory'),
    })
  }

  memoryUse(): { usedBytes: number; limitBytes: number; peakBytes: number } {
    return memoryUse(this.memory)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    for (const session of this.#sessions) await session.end()
    this.#closing.abort()
    // One that is just starting is let finish, so that its threads end too.
    const executor = await this.#executor?.catch(() => undefined)
    this.#isClosed = true
    await executor?.close()
  }
}

/** An engine that is ready for sessions. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  return new Engine(options)
}
