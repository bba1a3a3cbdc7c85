/**
 * The patterns of to_char, to_date and to_timestamp for dates and times (PostgreSQL's manual, 9.8, tables 9.27 and 9.28), taken apart.
 *
 *   FMDay, DDth Mon   ->   [Day, filled up: no] ", " [DD, with "th"] " " [Mon]
 */

export interface TemplateField {
  readonly kind: 'field'
  /** Upper case: `YYYY`, `MON`, `AM`. */
  readonly name: string
  /** As written: case says how names are printed. */
  readonly written: string
  /** FM: without blanks and zeros that fill up. */
  readonly isBare: boolean
  readonly ordinal: 'TH' | 'th' | null
}

export type TemplatePart = TemplateField | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }

/** Longer names stand before their beginnings. */
const NAMES: readonly string[] = [
  ...['Y,YYY', 'YYYY', 'YYY', 'YY', 'Y', 'IYYY', 'IYY', 'IY', 'IDDD', 'IW', 'ID', 'I'],
  ...['MONTH', 'MON', 'MM', 'MI', 'MS', 'DDD', 'DAY', 'DD', 'DY', 'D', 'HH24', 'HH12', 'HH'],
  ...['SSSSS', 'SSSS', 'SS', 'US', 'FF1', 'FF2', 'FF3', 'FF4', 'FF5', 'FF6', 'A.M.', 'P.M.', 'AM', 'PM'],
  ...['A.D.', 'B.C.', 'AD', 'BC', 'CC', 'WW', 'W', 'J', 'Q', 'RM', 'TZH', 'TZM', 'TZ', 'OF'],
]

const kept = new Map<string, readonly TemplatePart[]>()
const KEPT_MAX = 64

/** The parts of a pattern; those of the last patterns are kept. */
export function parseDateTemplate(template: string): readonly TemplatePart[] {
  let parts = kept.get(template)
  if (parts === undefined) {
    if (kept.size >= KEPT_MAX) kept.clear()
    kept.set(template, (parts = parse(template)))
  }
  return parts
}

function parse(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  for (let at = 0; at < template.length;) {
    const char = template[at]!
    if (char === '"') {
      const end = closingQuote(template, at)
      parts.push({ kind: 'text', text: template.slice(at + 1, end).replace(/\\(.)/g, '$1'), isQuoted: true })
      at = end + 1
      continue
    }
    const field = fieldAt(template, at)
    if (field !== null) {
      parts.push(field.field)
      at = field.end
    } else if (/^FX/i.test(template.slice(at, at + 2))) {
      at += 2
    } else {
      const escaped = char === '\\' && template[at + 1] === '"'
      parts.push({ kind: 'text', text: escaped ? '"' : char, isQuoted: false })
      at += escaped ? 2 : 1
    }
  }
  return parts
}

/** Where the text in quotes that begins at `from` ends; a backslash keeps a quote in it. */
export function closingQuote(template: string, from: number): number {
  let at = from + 1
  while (at < template.length && template[at] !== '"') at += template[at] === '\\' ? 2 : 1
  return Math.min(at, template.length)
}

function fieldAt(template: string, from: number): { readonly field: TemplateField; readonly end: number } | null {
  let at = from
  let isBare = false
  for (let prefix = template.slice(at, at + 2).toUpperCase(); prefix === 'FM' || prefix === 'TM';) {
    isBare = true
    at += 2
    prefix = template.slice(at, at + 2).toUpperCase()
  }
  const upper = template.slice(at, at + 5).toUpperCase()
  const name = NAMES.find((one) => upper.startsWith(one))
  if (name === undefined) return null
  const written = template.slice(at, at + name.length)
  at += name.length
  const suffix = template.slice(at, at + 2)
  const ordinal = suffix === 'TH' ? 'TH' : suffix.toUpperCase() === 'TH' ? 'th' : null
  if (ordinal !== null) at += 2
  return { field: { kind: 'field', name, written, isBare, ordinal }, end: at }
}

export const MONTH_NAMES: readonly string[] = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
]
export const DAY_NAMES: readonly string[] = [
  ...['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
]
export const ROMAN_MONTHS: readonly string[] = [
  ...['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'],
]

/** `st`, `nd`, `rd` or `th` of a number. */
export function ordinalOf(digits: string): string {
  const last = digits.at(-1)
  if (digits.at(-2) === '1') return 'th'
  return last === '1' ? 'st' : last === '2' ? 'nd' : last === '3' ? 'rd' : 'th'
}
