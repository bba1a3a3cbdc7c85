/** Decodes E'..' and U&'..' (PostgreSQL 15, sections 4.1.2.2 and 4.1.2.3). */
import { SqlError, type TextRange } from '../core/errors.ts'

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const SINGLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** What stands between the quotes of E'..' to its value. */
export function decodeEscapeString(raw: string, at: TextRange): string {
  if (!raw.includes('\\') && !raw.includes("''")) return raw
  const bytes: number[] = []
  let result = ''
  const flush = (): void => {
    if (bytes.length === 0) return
    result += decodeUtf8(bytes, at)
    bytes.length = 0
  }
  const piece = /''|\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})|\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\\([^])|[^]/gu
  for (const [whole, hex, octal, short, long, escaped] of raw.matchAll(piece)) {
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16))
    } else if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8) & 0xff)
    } else {
      flush()
      if (whole === "''") result += "'"
      else if (short !== undefined || long !== undefined) result += codeUnit(short ?? long ?? '', at)
      else if (escaped !== undefined) result += singleEscape(escaped, at)
      else result += whole
    }
  }
  flush()
  return checkedSurrogates(result, at)
}

function singleEscape(escaped: string, at: TextRange): string {
  if (escaped === 'u' || escaped === 'U') {
    throw new SqlError('22025', 'invalid Unicode escape', {
      at,
      hint: 'Unicode escapes must be \\uXXXX or \\UXXXXXXXX.',
    })
  }
  return SINGLE[escaped] ?? escaped
}

/** \x and octal escapes are bytes of the text's encoding. */
function decodeUtf8(bytes: readonly number[], at: TextRange): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
  } catch {
    const shown = bytes.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ')
    throw new SqlError('22021', `invalid byte sequence for encoding "UTF8": ${shown}`, { at })
  }
  if (text.includes('\0')) {
    throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00', { at })
  }
  return text
}

/** What stands between the quotes of U&'..' or U&".." to its value. */
export function decodeUnicodeEscapes(raw: string, escape: string, at: TextRange): string {
  if (/[0-9a-fA-F+'"\s]/.test(escape)) {
    throw new SqlError('42601', 'invalid Unicode escape character', { at })
  }
  let result = ''
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] !== escape) {
      result += raw[i]
      continue
    }
    if (raw[i + 1] === escape) {
      result += escape
      i += 1
      continue
    }
    const digits = /^(?:\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))/.exec(raw.slice(i + 1, i + 8))
    if (digits === null) {
      throw new SqlError('42601', 'invalid Unicode escape', {
        at,
        hint: 'Unicode escapes must be \\XXXX or \\+XXXXXX.',
      })
    }
    result += codeUnit(digits[1] ?? digits[2] ?? '', at)
    i += digits[0].length
  }
  return checkedSurrogates(result, at)
}

function codeUnit(hex: string, at: TextRange): string {
  const code = Number.parseInt(hex, 16)
  if (code === 0 || code > 0x10ffff) {
    throw new SqlError('42601', 'invalid Unicode escape value', { at })
  }
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
}

function checkedSurrogates(text: string, at: TextRange): string {
  if (!LONE_SURROGATE.test(text)) return text
  throw new SqlError('42601', 'invalid Unicode surrogate pair', { at })
}
