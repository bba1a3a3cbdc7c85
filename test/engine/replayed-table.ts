/** A table of another writer whose commits are published one by one: everything that it wrote is there from the beginning but the files that make a commit one. */
import { cp, mkdir, readdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'

export type ReplayedFormat = 'iceberg' | 'delta' | 'paimon' | 'hudi' | 'hudi-6'

/** Where commits lie, and the names that make one, with what they are ordered by. */
const COMMIT_FILES: Readonly<Record<ReplayedFormat, { folder: readonly string[]; name: RegExp }>> = {
  iceberg: { folder: ['metadata'], name: /^v(\d+)\.metadata\.json$/ },
  delta: { folder: ['_delta_log'], name: /^(\d{20})\.json$/ },
  paimon: { folder: ['snapshot'], name: /^snapshot-(\d+)$/ },
  hudi: { folder: ['.hoodie', 'timeline'], name: /^\d+_(\d+)\.(?:delta|replace)?commit$/ },
  // With the states before completion: a commit that is under way holds back those after it.
  'hudi-6': { folder: ['.hoodie'], name: /^(\d+)\.(?:delta|replace)?commit$/ },
}

/** What readers may take in place of the commits: left out. */
const SHORTCUTS =
  /^(?:\d+\.[a-z]*\.?(?:requested|inflight)|version-hint\.text|LATEST|EARLIEST|_last_checkpoint|.*\.crc|\d{20}\.checkpoint.*)$/

export class ReplayedTable {
  /** Of the table. */
  readonly folder: string
  readonly #source: string
  readonly #commits: readonly string[]
  #published = 0

  private constructor(folder: string, source: string, commits: readonly string[]) {
    this.folder = folder
    this.#source = source
    this.#commits = commits
  }

  /** Copies the table in folder `source` into `target`, without its commits. */
  static async make(source: string, target: string, format: ReplayedFormat): Promise<ReplayedTable> {
    const { folder, name } = COMMIT_FILES[format]
    const folderOfCommits = join(source, ...folder)
    const isLeftOut = (path: string): boolean =>
      SHORTCUTS.test(basename(path)) || (name.test(basename(path)) && join(path, '..') === folderOfCommits)
    await cp(source, target, { recursive: true, filter: (path) => !isLeftOut(path) })
    await mkdir(join(target, ...folder), { recursive: true })
    const commits = (await readdir(folderOfCommits))
      .filter((file) => name.test(file))
      .toSorted((a, b) => (BigInt(name.exec(a)![1]!) < BigInt(name.exec(b)![1]!) ? -1 : 1))
    return new ReplayedTable(
      target,
      source,
      commits.map((file) => join(...folder, file)),
    )
  }

  get commitCount(): number {
    return this.#commits.length
  }

  /** Makes the next commit visible, at once; false when all are. */
  async publish(): Promise<boolean> {
    const commit = this.#commits[this.#published++]
    if (commit === undefined) return false
    const temporary = join(this.folder, `.unfinished-${this.#published}`)
    await cp(join(this.#source, commit), temporary)
    await rename(temporary, join(this.folder, commit))
    return true
  }
}
