/**
 * Cuts a script that comes in pieces into statements and backslash commands.
 *
 * A line whose first character other than blanks is a backslash is a command when no statement has begun before it, as in psql; inside of a
 * statement, a string or a comment it is text.
 */
import { StatementSplitter } from '../engine/text.ts'

export interface ScriptPiece {
  readonly kind: 'statement' | 'command'
  readonly text: string
}

export class ScriptReader {
  readonly #splitter = new StatementSplitter()
  /** The end of a line that may still turn out to be a command. */
  #held = ''
  #atLineStart = true

  /** Takes more text; gives what it completes. */
  push(text: string): ScriptPiece[] {
    const pieces: ScriptPiece[] = []
    let rest = this.#held + text
    this.#held = ''
    while (rest !== '') {
      const newline = rest.indexOf('\n')
      const line = newline < 0 ? rest : rest.slice(0, newline + 1)
      if (this.#atLineStart && this.#splitter.isEmpty && /^[ \t]*(\\|$)/.test(line)) {
        if (newline < 0) {
          this.#held = line
          return pieces
        }
        pieces.push({ kind: 'command', text: line.trim() })
      } else {
        for (const statement of this.#splitter.push(line)) pieces.push({ kind: 'statement', text: statement })
      }
      this.#atLineStart = newline >= 0
      rest = rest.slice(line.length)
    }
    return pieces
  }

  /** Ends the text: a last statement needs no `;`, a last command no line end. */
  end(): ScriptPiece[] {
    const command = this.#held.trim()
    if (command !== '') return [{ kind: 'command', text: command }]
    const last = this.#splitter.end()
    return last === null ? [] : [{ kind: 'statement', text: last }]
  }
}
