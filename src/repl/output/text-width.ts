/** Columns that a text takes on a terminal: East Asian wide characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  // Almost all cells are ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character.codePointAt(0)!)
  return width
}

const WIDE: readonly (readonly [number, number])[] = [
  ...([
    [0x1100, 0x115f],
    [0x2e80, 0x303e],
    [0x3041, 0x33ff],
    [0x3400, 0x4dbf],
    [0x4e00, 0x9fff],
  ] as const),
  ...([
    [0xa000, 0xa4cf],
    [0xac00, 0xd7a3],
    [0xf900, 0xfaff],
    [0xfe30, 0xfe6f],
    [0xff00, 0xff60],
  ] as const),
  ...([
    [0xffe0, 0xffe6],
    [0x1f300, 0x1f64f],
    [0x1f680, 0x1f6ff],
    [0x1f900, 0x1f9ff],
    [0x20000, 0x3fffd],
  ] as const),
]

function characterWidth(code: number): number {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0
  if ((code >= 0x300 && code <= 0x36f) || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) return 0
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
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
