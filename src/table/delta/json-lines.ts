/**
 * JSON lines of commits, in pieces: a commit of a million actions is never whole in memory.
 */
import { corrupt } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import type { Storage } from '../../storage/storage.ts'

const PIECE_BYTES = 4 << 20
/** One action: an `add` with statistics of a few thousand columns is below a megabyte. */
const LINE_BYTES_MAX = 256 << 20

/** The lines of a text file, in lists. */
async function* readLines(storage: Storage, url: string): AsyncGenerator<readonly string[]> {
  const { byteCount } = await storage.stat(url)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes: Uint8Array, isLast: boolean): string => {
    try {
      return decoder.decode(bytes, { stream: !isLast })
    } catch (cause) {
      throw corrupt(url, 'its text is not valid UTF-8', { cause })
    }
  }
  let rest = ''
  for (let start = 0; start < byteCount; start += PIECE_BYTES) {
    const end = Math.min(byteCount, start + PIECE_BYTES)
    const text = decode(await storage.read(url, start, end), end === byteCount)
    const lines = text.split('\n')
    lines[0] = rest + lines[0]!
    rest = lines.pop()!
    if (rest.length > LINE_BYTES_MAX) throw corrupt(url, `a line is longer than ${LINE_BYTES_MAX} characters`)
    yield lines
  }
  if (rest !== '') yield [rest]
}

/** The actions of a commit, compaction or JSON checkpoint: objects with one key. Integers are exact. */
export async function* readActions(storage: Storage, url: string): AsyncGenerator<readonly JsonObject[]> {
  let line = 0
  const open = new OpenObject()
  for await (const lines of readLines(storage, url)) {
    const actions: JsonObject[] = []
    for (const text of lines) {
      line++
      const whole = open.add(text)
      if (whole !== undefined && whole.trim() !== '') actions.push(parseAction(whole, url, line))
    }
    yield actions
  }
  if (open.text !== '') throw corrupt(url, `the action before line ${line} has no end`)
}

/** An action is one line; files that a tool has printed anew have it on several (duckdb-delta, null_constraints_lists). */
class OpenObject {
  text = ''
  #depth = 0

  /** The text of a whole action, when this line ends one. */
  add(line: string): string | undefined {
    const trimmed = line.trimEnd()
    if (this.text === '' && (trimmed.endsWith('}') || !trimmed.trimStart().startsWith('{'))) return line
    // Strings hold no line breaks, so each line begins outside of one.
    for (const [part] of trimmed.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
      if (part === '{') this.#depth++
      else if (part === '}') this.#depth--
    }
    this.text += `${line}\n`
    if (this.#depth > 0 && this.text.length < LINE_BYTES_MAX) return undefined
    const whole = this.text
    this.text = ''
    this.#depth = 0
    return whole
  }
}

function parseAction(text: string, url: string, line: number): JsonObject {
  const action = parseJson(text, `"${url}", line ${line}`)
  if (!isJsonObject(action)) throw corrupt(url, `line ${line} is not a JSON object`)
  return action
}

/**
 * Fast where no number is so long that JSON.parse could round it, and where two objects were not joined to one by a cut: of two paths that it has
 * then, one would be lost.
 */
export function parseJson(text: string, what: string): JsonValue {
  if (!/\d{16}/.test(text) && text.indexOf('"path":') === text.lastIndexOf('"path":')) {
    try {
      return JSON.parse(text) as JsonValue
    } catch {
      // The exact parser says where the text is damaged.
    }
  }
  return parseExactJson(text, what)
}
