/**
 * REMAP: tables whose metadata holds absolute locations of another place.
 *
 * A rule `/tmp/lake=/data/lake` covers `/tmp/lake/t`, `file:/tmp/lake/t` and `file:///tmp/lake/t`, but not `/tmp/lakes`. The rule
 * with the longest matching prefix wins.
 */
import { SqlError } from '../core/errors.ts'
import { plainLocation } from './file-location.ts'

export interface PathRule {
  /** Without `file:` and without a slash at the end. */
  readonly from: string
  readonly to: string
}

/** The rules of `<from>=<to>[,<from>=<to>...]`; 22023 when the text has another form. */
export function parsePathMapping(text: string): readonly PathRule[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      const from = part.slice(0, Math.max(equals, 0)).trim()
      const to = part.slice(equals + 1).trim()
      if (from === '' || to === '') {
        throw new SqlError('22023', `invalid value for option "remap": "${text}"`, {
          hint: "Write REMAP '<from>=<to>', both the beginnings of locations.",
        })
      }
      return { from: withoutSlash(plainLocation(from)), to: withoutSlash(to) }
    })
}

/** Where `location` lies by the rules; the same location when none applies. */
export function mapPath(rules: readonly PathRule[], location: string): string {
  if (rules.length === 0) return location
  const plain = plainLocation(location)
  let best: PathRule | undefined
  for (const rule of rules) {
    const next = plain[rule.from.length]
    const applies = plain.startsWith(rule.from) && (next === undefined || next === '/' || rule.from === '')
    if (applies && (best === undefined || rule.from.length > best.from.length)) best = rule
  }
  return best === undefined ? location : best.to + plain.slice(best.from.length)
}

function withoutSlash(location: string): string {
  return location.replace(/\/+$/, '')
}
