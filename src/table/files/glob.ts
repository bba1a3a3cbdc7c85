/**
 * Files by pattern: `*` any characters of a name, `?` one, `[a-z]` and `[!a-z]` one of a set, `{a,b}` one of several texts, `**` any folders.
 *
 * Folders that a pattern does not name are not listed. Names that begin with a dot are found only by patterns that begin so.
 */
import { ResourceError, SqlError } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { DirectoryEntry, Storage } from '../../storage/storage.ts'

const MATCHES_MAX = 1_000_000
const DEPTH_MAX = 64
const ALTERNATIVES_MAX = 1000

export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path)
}

/** The files (no folders) that `pattern` names, by name. */
export async function expandGlob(storage: Storage, pattern: string): Promise<string[]> {
  const found = new Set<string>()
  for (const plain of alternatives(pattern)) {
    const segments = plain.split('/')
    const fixed = segments.findIndex((segment) => isGlob(segment))
    if (fixed < 0) {
      if (await storage.exists(plain)) found.add(plain)
      continue
    }
    const base = segments.slice(0, fixed).join('/')
    const root = fixed === 0 ? '.' : base === '' ? '/' : base
    await walk({ storage, url: root, shown: fixed === 0 ? '' : root, depth: 0 }, segments.slice(fixed), found)
  }
  return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Patterns without braces, for one with them. */
function alternatives(pattern: string): readonly string[] {
  const open = pattern.indexOf('{')
  const close = pattern.indexOf('}', open)
  if (open < 0 || close < 0) return [pattern]
  // The innermost pair first.
  const start = pattern.lastIndexOf('{', close)
  const choices = pattern.slice(start + 1, close).split(',')
  const all = choices.flatMap((choice) => alternatives(pattern.slice(0, start) + choice + pattern.slice(close + 1)))
  if (all.length > ALTERNATIVES_MAX) throw new SqlError('54000', `the pattern "${pattern}" has too many alternatives`)
  return all
}

interface Place {
  readonly storage: Storage
  readonly url: string
  /** As the files below are called; empty for those of the working directory. */
  readonly shown: string
  readonly depth: number
}

async function walk(place: Place, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments
  if (segment === undefined || place.depth > DEPTH_MAX) return
  if (segment === '**') {
    await walk(place, rest, found)
    for await (const entry of place.storage.list(place.url)) {
      if (!entry.isDirectory || entry.name.startsWith('.')) continue
      await walk(below(place, entry), segments, found)
    }
    return
  }
  if (!isGlob(segment)) {
    const url = joinLocation(place.url, segment)
    const shown = place.shown === '' ? segment : joinLocation(place.shown, segment)
    if (rest.length > 0) await walk({ ...place, url, shown, depth: place.depth + 1 }, rest, found)
    else if (await place.storage.exists(url)) addFile(shown, found)
    return
  }
  const pattern = patternOf(segment)
  for await (const entry of place.storage.list(place.url)) {
    if (!pattern.test(entry.name)) continue
    if (rest.length === 0) {
      if (!entry.isDirectory) addFile(below(place, entry).shown, found)
    } else if (entry.isDirectory) await walk(below(place, entry), rest, found)
  }
}

function below(place: Place, { name, url }: DirectoryEntry): Place {
  const shown = place.shown === '' ? name : joinLocation(place.shown, name)
  return { ...place, url, shown, depth: place.depth + 1 }
}

function addFile(url: string, found: Set<string>): void {
  if (found.size >= MATCHES_MAX) throw new ResourceError('54000', `more than ${MATCHES_MAX} files match`)
  found.add(url)
}

/** Runs of stars are one, so that a pattern cannot be slow by itself. */
function patternOf(segment: string): RegExp {
  let source = ''
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i]!
    if (char === '*') {
      if (segment[i - 1] !== '*') source += '[^]*'
    } else if (char === '?') source += '[^]'
    else if (char === '[') {
      const close = segment.indexOf(']', i + 2)
      if (close < 0) source += String.raw`\[`
      else {
        const set = segment
          .slice(i + 1, close)
          .replaceAll('\\', '\\\\')
          .replaceAll('[', String.raw`\[`)
        source += `[${set.replace(/^!/, '^')}]`
        i = close
      }
    } else source += char.replaceAll(/[.+^$()|\]\\{}]/g, String.raw`\$&`)
  }
  return new RegExp(`^${segment.startsWith('*') || segment.startsWith('?') ? String.raw`(?!\.)` : ''}${source}$`)
}
