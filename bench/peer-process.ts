/** A peer engine as a child process (bench/peers/README.md has the protocol). */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface PeerTable {
  readonly files: readonly string[]
  /** Folder of the Iceberg table. */
  readonly iceberg?: string
}

export interface PeerOptions {
  readonly threads: number
  readonly memoryLimit?: string
  /** For Sluice. */
  readonly pageCachePercent?: number
  readonly tables: Readonly<Record<string, PeerTable>>
  /** Catalog directory that has all tables, for Sluice. */
  readonly lake?: string
  readonly inMemory?: boolean
}

export interface PeerAnswer {
  readonly ok: boolean
  readonly version?: string
  readonly ms?: number
  readonly cpuMs?: number
  readonly rows?: readonly (readonly unknown[])[]
  readonly rss?: number
  readonly error?: string
}

const PROGRAMS: Readonly<Record<string, readonly [string, string]>> = {
  sluice: [process.execPath, 'sluice.mjs'],
  'duckdb-python': ['python3', 'duckdb-python.py'],
  'duckdb-python-memory': ['python3', 'duckdb-python.py'],
  duckdb: [process.execPath, 'duckdb.mjs'],
  'duckdb-wasm': [process.execPath, 'duckdb-wasm.mjs'],
  icebird: [process.execPath, 'icebird.mjs'],
  alasql: [process.execPath, 'alasql.mjs'],
}

export const PEER_NAMES: readonly string[] = Object.keys(PROGRAMS)

export class PeerProcess {
  readonly name: string
  readonly label: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  version = ''

  private constructor(name: string, label: string, child: ChildProcess) {
    this.name = name
    this.label = label
    this.#child = child
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  }

  static async start(name: string, options: PeerOptions): Promise<PeerProcess> {
    const program = PROGRAMS[name]
    if (program === undefined) throw new Error(`unknown peer "${name}": known are ${PEER_NAMES.join(', ')}`)
    const file = fileURLToPath(new URL(`./peers/${program[1]}`, import.meta.url))
    const child = spawn(program[0], [file], { stdio: ['pipe', 'pipe', 'inherit'] })
    const peer = new PeerProcess(name, `${name} ${options.threads}T`, child)
    const open = { ...options, inMemory: name.endsWith('-memory') }
    const answer = await peer.#ask({ open })
    if (!answer.ok) throw new Error(`${name}: ${answer.error}`)
    peer.version = answer.version ?? ''
    return peer
  }

  query(sql: string, wantRows = false): Promise<PeerAnswer> {
    return this.#ask({ sql, wantRows })
  }

  stop(): void {
    this.#child.stdin?.end()
    this.#child.kill()
  }

  async #ask(request: object): Promise<PeerAnswer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) return { ok: false, error: 'the process ended' }
    return JSON.parse(value) as PeerAnswer
  }
}
