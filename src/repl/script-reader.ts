/**
 * Cuts a script that comes in pieces into statements and backslash commands.
 *
 * A line whose first character other than blanks is a backslash is a command when no statement has begun before it, as in psql; inside of a
 * statement, a string or a comment it is text. Lines behind COPY ... FROM STDIN are data, up to one that is `\.` alone.
 */
import { StatementSplitter } from '../engine/text.ts'
import { takesData } from './copy-data.ts'

export interface ScriptPiece {
  /** `data`: lines for the statement or command before, which `data-end` ends. */
  readonly kind: 'statement' | 'command' | 'data' | 'data-end'
  readonly text: string
}

export class ScriptReader {
  readonly #splitter = new StatementSplitter()
  readonly #hasData: boolean
  #inData = false
  /** The line of the statement is not over. */
  #inStatementLine = false
  /** The end of a line that may still turn out to be a command. */
  #held = ''
  #atLineStart = true

  /** `hasData` false: data comes from elsewhere. */
  constructor(hasData = true) {
    this.#hasData = hasData
  }

  /** Takes more text; gives what it completes. */
  push(text: string): ScriptPiece[] {
    const pieces: ScriptPiece[] = []
    let rest = this.#held + text
    this.#held = ''
    while (rest !== '') {
      if (this.#inData) {
        rest = this.#inStatementLine ? this.#passLine(rest) : this.#takeData(rest, pieces)
        continue
      }
      const newline = rest.indexOf('\n')
      const line = newline < 0 ? rest : rest.slice(0, newline + 1)
      if (this.#atLineStart && this.#splitter.isEmpty && /^[ \t]*(\\|$)/.test(line)) {
        if (newline < 0) {
          this.#held = line
          return pieces
        }
        this.#add(pieces, { kind: 'command', text: line.trim() })
      } else {
        for (const statement of this.#splitter.push(line)) this.#add(pieces, { kind: 'statement', text: statement })
      }
      this.#atLineStart = newline >= 0
      this.#inStatementLine = this.#inData && newline < 0
      rest = rest.slice(line.length)
    }
    return pieces
  }

  #add(pieces: ScriptPiece[], piece: ScriptPiece): void {
    pieces.push(piece)
    this.#inData ||= this.#hasData && takesData(piece.text)
  }

  #passLine(text: string): string {
    const newline = text.indexOf('\n')
    this.#inStatementLine = newline < 0
    this.#atLineStart = newline >= 0
    return newline < 0 ? '' : text.slice(newline + 1)
  }

  /** Whole lines up to the end of the data; what is left. */
  #takeData(text: string, pieces: ScriptPiece[]): string {
    const end = /^\\\.\r?\n/m.exec(text)
    const to = end === null ? text.lastIndexOf('\n') + 1 : end.index
    if (to > 0) pieces.push({ kind: 'data', text: text.slice(0, to) })
    if (end === null) {
      this.#held = text.slice(to)
      return ''
    }
    this.#inData = false
    pieces.push({ kind: 'data-end', text: '' })
    return text.slice(to + end[0].length)
  }

  /** Ends the text: a last statement needs no `;`, a last command no line end. */
  end(): ScriptPiece[] {
    if (this.#inData) return this.#endOfData()
    const command = this.#held.trim()
    if (command !== '') return [{ kind: 'command', text: command }]
    const last = this.#splitter.end()
    if (last === null) return []
    const pieces: ScriptPiece[] = [{ kind: 'statement', text: last }]
    return this.#hasData && takesData(last) ? [...pieces, { kind: 'data-end', text: '' }] : pieces
  }

  #endOfData(): ScriptPiece[] {
    const rest = this.#held
    this.#held = ''
    this.#inData = false
    const pieces: ScriptPiece[] = rest === '' || rest === '\\.' ? [] : [{ kind: 'data', text: rest }]
    return [...pieces, { kind: 'data-end', text: '' }]
  }
}
