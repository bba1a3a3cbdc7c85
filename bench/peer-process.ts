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
  /** Folder with a Parquet file for every table, for Sluice. */
  readonly folder?: string
  readonly inMemory?: boolean
  /** Rows of tables that the peer makes. */
  readonly rows?: number
  /** Seconds that a query may take. Then the process is ended; the next query starts another. */
  readonly timeout?: number
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
  'lance-take': [process.env['LANCE_PYTHON'] ?? 'python3', 'lance-take.py'],
}

export const PEER_NAMES: readonly string[] = Object.keys(PROGRAMS)

export class PeerProcess {
  readonly name: string
  readonly label: string
  readonly #options: PeerOptions
  #running: Running | null = null
  version = ''

  private constructor(name: string, options: PeerOptions) {
    this.name = name
    this.label = `${name} ${options.threads}T`
    this.#options = options
  }

  static async start(name: string, options: PeerOptions): Promise<PeerProcess> {
    const peer = new PeerProcess(name, options)
    await peer.#started()
    return peer
  }

  async query(sql: string, wantRows = false): Promise<PeerAnswer> {
    const { timeout = 60 } = this.#options
    const running = await this.#started()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<PeerAnswer>((resolve) => {
      timer = setTimeout(() => {
        this.stop()
        resolve({ ok: false, error: `no answer within ${timeout} s` })
      }, timeout * 1000)
    })
    try {
      return await Promise.race([ask(running, { sql, wantRows }), late])
    } finally {
      clearTimeout(timer)
    }
  }

  stop(): void {
    this.#running?.child.stdin?.end()
    this.#running?.child.kill('SIGKILL')
    this.#running = null
  }

  async #started(): Promise<Running> {
    if (this.#running !== null) return this.#running
    const { name } = this
    const program = PROGRAMS[name]
    if (program === undefined) throw new Error(`unknown peer "${name}": known are ${PEER_NAMES.join(', ')}`)
    const file = fileURLToPath(new URL(`./peers/${program[1]}`, import.meta.url))
    const child = spawn(program[0], [file], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    this.#running = { child, lines }
    const open = { ...this.#options, inMemory: name.endsWith('-memory') }
    const answer = await ask(this.#running, { open })
    if (!answer.ok) throw new Error(`${name}: ${answer.error}`)
    this.version = answer.version ?? ''
    return this.#running
  }
}

interface Running {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
}

async function ask({ child, lines }: Running, request: object): Promise<PeerAnswer> {
  child.stdin!.write(`${JSON.stringify(request)}\n`)
  const { value, done } = await lines.next()
  if (done === true) return { ok: false, error: 'the process ended' }
  return JSON.parse(value) as PeerAnswer
}
