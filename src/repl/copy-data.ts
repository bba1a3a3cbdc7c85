/**
 * Data between statements: the lines behind COPY ... FROM STDIN, up to `\.` or the end.
 *
 * The statement runs while its data is still read: `push` waits when the statement is behind.
 */

const COMMENT = /^(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/)+/

/** Whether a statement, or `\copy`, reads the lines that follow. */
export function takesData(text: string): boolean {
  const bare = text.replace(COMMENT, '')
  return /^\\?copy\s+(?!\()[^]*\sfrom\s+p?stdin\b/i.test(bare)
}

/** Lines that wait at most. */
const WAITING_MAX = 64

export class CopyData implements AsyncIterable<string> {
  readonly #waiting: string[] = []
  #isOver = false
  #changed: (() => void)[] = []

  /** More data; nobody may read it any more. */
  async push(text: string): Promise<void> {
    if (this.#isOver) return
    this.#waiting.push(text)
    this.#wake()
    while (this.#waiting.length > WAITING_MAX && !this.#isOver) await this.#change()
  }

  /** No data follows, or nobody wants it. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const text = this.#waiting.shift()
      if (text !== undefined) {
        this.#wake()
        yield text
      } else if (this.#isOver) return
      else await this.#change()
    }
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve))
  }
}

/** A statement that runs while its data comes. */
export interface Copying {
  readonly data: CopyData
  /** Whether it went well. */
  readonly done: Promise<boolean>
}

export function startCopy(run: (data: CopyData) => Promise<boolean>): Copying {
  const data = new CopyData()
  // After an error the rest of the data is passed over.
  return { data, done: run(data).finally(() => data.end()) }
}
