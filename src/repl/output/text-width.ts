import { characterWidth } from '../../core/character-width.ts'

/** Columns that a text takes on a terminal: East Asian wide characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  // Almost all cells are ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** `text` filled up with spaces to `width` terminal columns. */
export function pad(text: string, width: number, right: boolean): string {
  const fill = ' '.repeat(Math.max(0, width - textWidth(text)))
  return right ? fill + text : text + fill
}

/** Line breaks and control characters as psql shows them, so that a cell stays on its line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (c) => CONTROL[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

const CONTROL: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
