/**
 * The patterns of to_char and to_number for numbers (PostgreSQL's manual, 9.8, table 9.29).
 *
 *   S999G990D99   ->   sign before, groups, three places blank and one zero at least, point, two places
 */
import { closingQuote } from './date-template.ts'
import { SqlError, unsupported } from '../../core/errors.ts'
import { divideRounded, powerOfTen } from './decimal.ts'
import { ordinalOf } from './date-template.ts'

interface Cell {
  readonly kind: 'digit' | 'point' | 'group' | 'sign' | 'minus' | 'plus' | 'text' | 'ordinal' | 'currency'
  /** The character, for texts and digits (`0` or `9`). */
  readonly text: string
}

export interface NumberTemplate {
  readonly cells: readonly Cell[]
  /** Digit places before and after the point. */
  readonly before: number
  readonly after: number
  /** Digits behind V: the value is multiplied by so many tens. */
  readonly shifted: number
  readonly isBare: boolean
  readonly isRoman: boolean
  readonly isScientific: boolean
  readonly isBracketed: boolean
}

const WORDS: readonly (readonly [string, Cell['kind'] | 'bracket' | 'bare' | 'roman' | 'scientific' | 'shift'])[] = [
  ['EEEE', 'scientific'],
  ['FM', 'bare'],
  ['PR', 'bracket'],
  ['MI', 'minus'],
  ['PL', 'plus'],
  ['SG', 'sign'],
  ['RN', 'roman'],
  ['TH', 'ordinal'],
  ['D', 'point'],
  ['G', 'group'],
  ['L', 'currency'],
  ['S', 'sign'],
  ['V', 'shift'],
]

export function parseNumberTemplate(template: string): NumberTemplate {
  const cells: Cell[] = []
  const flags = { bare: false, roman: false, scientific: false, bracket: false, shift: false }
  let [before, after, shifted] = [0, 0, 0]
  let hasPoint = false
  for (let at = 0; at < template.length;) {
    const char = template[at]!
    const upper = template.slice(at, at + 4).toUpperCase()
    const word = WORDS.find(([name]) => upper.startsWith(name))
    if (char === '9' || char === '0') {
      if (flags.shift) shifted++
      else if (hasPoint) after++
      else before++
      cells.push({ kind: 'digit', text: char })
      at++
    } else if (char === '.' || word?.[1] === 'point') {
      if (hasPoint) throw new SqlError('42601', 'multiple decimal points')
      if (flags.shift) throw new SqlError('42601', 'cannot use "V" and decimal point together')
      hasPoint = true
      cells.push({ kind: 'point', text: '.' })
      at++
    } else if (char === ',' || word?.[1] === 'group') {
      cells.push({ kind: 'group', text: ',' })
      at++
    } else if (char === '"') {
      const end = closingQuote(template, at)
      cells.push({ kind: 'text', text: template.slice(at + 1, end).replaceAll(/\\(.)/g, '$1') })
      at = end + 1
    } else if (char === '\\' && template[at + 1] === '"') {
      cells.push({ kind: 'text', text: '"' })
      at += 2
    } else if (word === undefined) {
      cells.push({ kind: 'text', text: char })
      at++
    } else {
      if (Object.hasOwn(flags, word[1])) flags[word[1] as keyof typeof flags] = true
      else cells.push({ kind: word[1] as Cell['kind'], text: template.slice(at, at + word[0].length) })
      at += word[0].length
    }
  }
  return {
    cells,
    before: before + shifted,
    after,
    shifted,
    isBare: flags.bare,
    isRoman: flags.roman,
    isScientific: flags.scientific,
    isBracketed: flags.bracket,
  }
}

/** `value` * 10^-scale by a pattern. */
export function printNumber(value: bigint, scale: number, template: string): string {
  const parsed = parseNumberTemplate(template)
  if (parsed.isRoman) return roman(value, scale, parsed.isBare)
  if (parsed.isScientific) return scientific(value, scale, parsed)
  const moved = value * powerOfTen(parsed.shifted)
  const wanted = parsed.after
  const rounded = scale > wanted ? divideRounded(moved, powerOfTen(scale - wanted)) : moved * powerOfTen(wanted - scale)
  const isNegative = rounded < 0n
  const digits = (isNegative ? -rounded : rounded).toString().padStart(wanted + 1, '0')
  const whole = digits.slice(0, digits.length - wanted)
  const fraction = digits.slice(digits.length - wanted)
  const overflows = whole.length > parsed.before
  return place(
    parsed,
    overflows ? '#'.repeat(parsed.before) : wholeDigits(parsed, whole),
    overflows ? '#'.repeat(wanted) : fractionDigits(parsed, fraction),
    isNegative,
  )
}

/** One character a place before the point: blank where nothing is to be seen. */
function wholeDigits({ cells, before, after }: NumberTemplate, whole: string): string {
  const places = cells.filter(({ kind }) => kind === 'digit').slice(0, before)
  const firstZero = places.findIndex(({ text }) => text === '0')
  const hidesZero = whole === '0' && after > 0
  const shown = (hidesZero ? '' : whole).padStart(before)
  if (firstZero < 0) return shown
  return [...shown].map((char, i) => (char === ' ' && i >= firstZero ? '0' : char)).join('')
}

/** FM leaves out zeros at the end, but not those of places written 0. */
function fractionDigits({ cells, before, isBare }: NumberTemplate, fraction: string): string {
  if (!isBare) return fraction
  const places = cells.filter(({ kind }) => kind === 'digit').slice(before)
  const lastZero = places.findLastIndex(({ text }) => text === '0')
  let end = fraction.length
  while (end > lastZero + 1 && fraction[end - 1] === '0') end--
  return fraction.slice(0, end)
}

const ANCHORS: ReadonlySet<Cell['kind']> = new Set(['sign', 'minus'])

/** Puts digits and signs where the pattern has them. */
function place(template: NumberTemplate, whole: string, fraction: string, isNegative: boolean): string {
  const { cells, isBare, isBracketed, before } = template
  const hasOwnSign = isBracketed || cells.some(({ kind }) => ANCHORS.has(kind))
  const firstDigit = cells.findIndex(({ kind }) => kind === 'digit' || kind === 'point')
  const lastDigit = cells.findLastIndex(({ kind }) => kind === 'digit' || kind === 'point')
  let [head, body, tail] = ['', '', '']
  let floating = hasOwnSign ? '' : isNegative ? '-' : isBare ? '' : ' '
  let [wholeAt, fractionAt] = [0, 0]
  const blank = isBare ? '' : ' '
  let hasBegun = false
  for (const [i, cell] of cells.entries()) {
    if (i > lastDigit) tail += after(cell, isNegative, isBare, whole)
    else if (i < firstDigit) {
      if (cell.kind === 'sign' && cell.text.length === 1) floating = isNegative ? '-' : '+'
      else head += after(cell, isNegative, isBare, whole)
    } else if (cell.kind === 'digit') {
      const char = wholeAt < before ? whole[wholeAt++]! : (fraction[fractionAt++] ?? '')
      hasBegun ||= char !== ' '
      body += char === ' ' ? blank : char
    } else if (cell.kind === 'point') {
      hasBegun = true
      body += '.'
    } else if (cell.kind === 'group') body += hasBegun ? ',' : blank
    else body += after(cell, isNegative, isBare, whole)
  }
  if (isBracketed) {
    const lead = /^ */.exec(body)![0]
    if (isNegative) return `${head}${lead}<${body.slice(lead.length)}>${tail}`
    return isBare ? head + body + tail : `${head} ${body} ${tail}`
  }
  // FM leaves out all digits of zero but one.
  if (body === '.') body = '0.'
  const lead = /^ */.exec(body)![0]
  return head + lead + floating + body.slice(lead.length) + tail
}

/** A cell that is no digit. */
function after({ kind, text }: Cell, isNegative: boolean, isBare: boolean, whole: string): string {
  switch (kind) {
    case 'sign':
      return isNegative ? '-' : '+'
    case 'minus':
      return isNegative ? '-' : isBare ? '' : ' '
    case 'plus':
      return isNegative ? (isBare ? '' : ' ') : '+'
    case 'ordinal': {
      if (isNegative || whole.includes('#')) return ''
      const suffix = ordinalOf(whole)
      return text === text.toUpperCase() ? suffix.toUpperCase() : suffix
    }
    case 'group':
      return ','
    case 'currency':
      return isBare ? '' : ' '
    default:
      return text
  }
}

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
]
const ROMAN_WIDTH = 15

function roman(value: bigint, scale: number, isBare: boolean): string {
  let left = Number(divideRounded(value, powerOfTen(scale)))
  if (left < 1 || left > 3999) return '#'.repeat(ROMAN_WIDTH)
  let out = ''
  for (const [size, letters] of ROMAN) {
    for (; left >= size; left -= size) out += letters
  }
  return isBare ? out : out.padStart(ROMAN_WIDTH)
}

function scientific(value: bigint, scale: number, { after: places, isBare, cells }: NumberTemplate): string {
  if (cells.some(({ kind }) => kind !== 'digit' && kind !== 'point')) throw unsupported('"EEEE" with other patterns')
  const size = value < 0n ? -value : value
  let digits = size.toString()
  let exponent = size === 0n ? 0 : digits.length - 1 - scale
  if (digits.length - 1 > places) {
    const rounded = divideRounded(size, powerOfTen(digits.length - 1 - places)).toString()
    if (rounded.length > places + 1) exponent++
    digits = rounded.slice(0, places + 1)
  }
  digits = digits.padEnd(places + 1, '0')
  const sign = value < 0n ? '-' : isBare ? '' : ' '
  const power = Math.abs(exponent).toString().padStart(2, '0')
  return `${sign}${digits[0]}${places > 0 ? `.${digits.slice(1)}` : ''}e${exponent < 0 ? '-' : '+'}${power}`
}

/** to_number: the value of the text in units of 10^-scale. 22P02 when it has no digits. */
export function readNumber(text: string, template: string, scale: number): bigint {
  const parsed = parseNumberTemplate(template)
  if (parsed.isRoman || parsed.isScientific) throw unsupported(`to_number with ${parsed.isRoman ? 'RN' : 'EEEE'}`)
  const isNegative = /-/.test(text) || (parsed.isBracketed && /<.*>/.test(text))
  const [whole, fraction] = readDigits(text, parsed)
  if (whole + fraction === '') throw new SqlError('22P02', `invalid input syntax for type numeric: "${text}"`)
  const places = parsed.after
  const digits = whole + fraction.slice(0, places).padEnd(places, '0')
  const value = BigInt(digits === '' ? '0' : digits)
  const unit = parsed.shifted + places
  const scaled = scale >= unit ? value * powerOfTen(scale - unit) : divideRounded(value, powerOfTen(unit - scale))
  return isNegative ? -scaled : scaled
}

/** Digits before and after the point, as many as the pattern has places for. */
function readDigits(text: string, { cells, before }: NumberTemplate): [string, string] {
  const parts: [string, string] = ['', '']
  let at = 0
  let side: 0 | 1 = 0
  const isNoise = (char: string): boolean => /[\s+\-<>]/.test(char)
  for (const { kind, text: literal } of cells) {
    while (at < text.length && isNoise(text[at]!)) at++
    const char = text[at]
    if (char === undefined) break
    if (kind === 'digit') {
      if (char === '.' && side === 0 && parts[0].length <= before) continue
      if (/\d/.test(char)) {
        parts[side] += char
        at++
      }
    } else if (kind === 'point') {
      side = 1
      if (char === '.') at++
    } else if (kind === 'group') {
      if (char === ',') at++
    } else if (kind === 'text' || kind === 'currency') {
      if (!/[\d.,]/.test(char)) at += literal.length
    } else if (kind === 'ordinal') at += 2
  }
  return parts
}
