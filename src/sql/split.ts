/**
 * Cuts a stream of SQL text into statements at each `;` that stands outside of strings, quoted names, dollar quotes,
 * comments and parentheses, without parsing: for pipes and the shell, where text comes in pieces.
 *
 * The scanner stops before whatever it can't decide yet (a `-` at the end may begin `--`) and goes on from there with
 * the next piece, so any cut of a text gives the same statements, and nothing is scanned twice but the word or operator
 * at a cut.
 */
type State =
  | 'plain'
  | 'string'
  | 'escape-string'
  | 'identifier'
  | 'backquoted'
  | 'dollar'
  | 'line-comment'
  | 'block-comment'

const CLOSING: Readonly<Partial<Record<State, string>>> = {
  string: "'",
  identifier: '"',
  backquoted: '`',
}
/** What ends plain text. */
const SPECIAL = /['"`$;()\-/]|[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*|[0-9]+/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
/** Could still become a dollar quote. */
const DOLLAR_START = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?$/y

export class StatementSplitter {
  private text = ''
  /** Everything before is scanned. */
  private position = 0
  private state: State = 'plain'
  private parens = 0
  private comments = 0
  private tag = ''

  /** Takes more text; gives the statements that it completes, without their `;`. Those of space and comments only are left out. */
  push(chunk: string): string[] {
    this.text += chunk
    const statements: string[] = []
    let start = 0
    for (;;) {
      const end = this.scan()
      if (end < 0) break
      const statement = this.text.slice(start, end)
      if (!isBlank(statement)) statements.push(statement.trim())
      start = end + 1
    }
    this.text = this.text.slice(start)
    this.position -= start
    return statements
  }

  /** What came after the last `;`, as it stands: a statement that goes on. */
  get rest(): string {
    return this.text
  }

  /** No statement has begun: nothing but space and comments since the last `;`. */
  get isEmpty(): boolean {
    return this.state !== 'block-comment' && isBlank(this.text)
  }

  /** What keeps the statement open, for a prompt: a quote, a comment, a paren, or null. */
  get open(): "'" | '"' | '`' | '$' | '*' | '(' | null {
    switch (this.state) {
      case 'string':
      case 'escape-string':
        return "'"
      case 'identifier':
        return '"'
      case 'backquoted':
        return '`'
      case 'dollar':
        return '$'
      case 'block-comment':
        return '*'
      case 'line-comment':
      case 'plain':
        return this.parens > 0 ? '(' : null
    }
  }

  /** Ends the text: the last statement without `;`, or null; begins anew. */
  end(): string | null {
    const last = this.isEmpty ? null : this.text.trim()
    this.clear()
    return last
  }

  /** Forgets the unfinished statement. */
  clear(): void {
    this.text = ''
    this.position = 0
    this.state = 'plain'
    this.parens = 0
    this.comments = 0
  }

  /** Position of the next `;` that ends a statement; -1 if the text so far has none. */
  private scan(): number {
    while (this.position < this.text.length) {
      const before = this.position
      if (this.state === 'plain') {
        if (this.plain()) {
          this.position += 1
          return this.position - 1
        }
      } else {
        this.inside()
      }
      if (this.position === before) return -1
    }
    return -1
  }

  /** Moves over plain text to the next thing of another kind; true at a `;` that ends the statement. */
  private plain(): boolean {
    const text = this.text
    const at = this.position
    SPECIAL.lastIndex = at
    const found = SPECIAL.exec(text)
    if (found === null) {
      this.position += 1
      return false
    }
    const [piece] = found
    switch (piece) {
      case ';':
        if (this.parens === 0) return true
        break
      case '(':
        this.parens += 1
        break
      case ')':
        this.parens = Math.max(0, this.parens - 1)
        break
      case "'":
        return this.enter('string')
      case '"':
        return this.enter('identifier')
      case '`':
        return this.enter('backquoted')
      case '-':
      case '/':
        return this.comment(piece === '-' ? '-' : '*', piece === '-' ? 'line-comment' : 'block-comment')
      case '$':
        return this.dollar()
      default:
        return this.word(piece)
    }
    this.position += 1
    return false
  }

  private enter(state: State, length = 1): false {
    this.state = state
    this.position += length
    return false
  }

  private comment(second: string, state: State): false {
    const next = this.text[this.position + 1]
    if (next === second) {
      this.comments = 1
      return this.enter(state, 2)
    }
    // At the end of the text so far it may still become a comment.
    if (next !== undefined) this.position += 1
    return false
  }

  private dollar(): false {
    DOLLAR_TAG.lastIndex = this.position
    const tag = DOLLAR_TAG.exec(this.text)
    if (tag !== null) {
      this.tag = tag[0]
      return this.enter('dollar', this.tag.length)
    }
    DOLLAR_START.lastIndex = this.position
    if (DOLLAR_START.exec(this.text) === null) this.position += 1
    return false
  }

  /** A word or number, so that its `$` opens no quote and E'..' is known. */
  private word(word: string): false {
    const end = this.position + word.length
    // The next piece may go on with the word.
    if (end === this.text.length) return false
    if ((word === 'e' || word === 'E') && this.text[end] === "'") {
      return this.enter('escape-string', 2)
    }
    this.position = end
    return false
  }

  /** Moves to the end of the string, name or comment, or as far as the text is decided. */
  private inside(): void {
    switch (this.state) {
      case 'line-comment': {
        const end = this.text.indexOf('\n', this.position)
        this.position = end < 0 ? this.text.length : end + 1
        if (end >= 0) this.state = 'plain'
        return
      }
      case 'block-comment':
        return this.blockComment()
      case 'dollar': {
        const end = this.text.indexOf(this.tag, this.position)
        // Keep what may be the beginning of the closing tag.
        if (end < 0) {
          this.position = Math.max(this.position, this.text.length - this.tag.length + 1)
        } else {
          this.state = 'plain'
          this.position = end + this.tag.length
        }
        return
      }
      case 'escape-string':
        return this.escapeString()
      case 'plain':
        return
      case 'string':
      case 'identifier':
      case 'backquoted': {
        // A doubled quote closes and opens again: the same in the end.
        const end = this.text.indexOf(CLOSING[this.state] as string, this.position)
        this.position = end < 0 ? this.text.length : end + 1
        if (end >= 0) this.state = 'plain'
      }
    }
  }

  private blockComment(): void {
    const boundary = /\/\*|\*\//g
    boundary.lastIndex = this.position
    const found = boundary.exec(this.text)
    if (found === null) {
      const last = this.text.at(-1)
      const undecided = last === '/' || last === '*' ? 1 : 0
      this.position = Math.max(this.position, this.text.length - undecided)
      return
    }
    this.position = boundary.lastIndex
    this.comments += found[0] === '/*' ? 1 : -1
    if (this.comments === 0) this.state = 'plain'
  }

  private escapeString(): void {
    const boundary = /['\\]/g
    boundary.lastIndex = this.position
    const found = boundary.exec(this.text)
    if (found === null) {
      this.position = this.text.length
    } else if (found[0] === "'") {
      // E'a''b': the second quote goes on with the escape string.
      const next = this.text[found.index + 1]
      if (next === undefined) {
        this.position = found.index
      } else {
        this.position = found.index + (next === "'" ? 2 : 1)
        if (next !== "'") this.state = 'plain'
      }
    } else {
      const decided = found.index + 1 < this.text.length
      this.position = decided ? found.index + 2 : found.index
    }
  }
}

/** Nothing but space and comments. */
function isBlank(text: string): boolean {
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at += 1
    } else if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end + 1
    } else if (text.startsWith('/*', at)) {
      at = commentEnd(text, at)
    } else {
      return false
    }
  }
  return true
}

function commentEnd(text: string, start: number): number {
  const boundary = /\/\*|\*\//g
  boundary.lastIndex = start
  let depth = 0
  for (let found = boundary.exec(text); found !== null; found = boundary.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return boundary.lastIndex
  }
  return text.length
}
