/**
 * Java `.properties` text: `key=value` lines with comments, continued lines and escapes.
 *
 * Spec: java.util.Properties.load: the first unescaped `=`, `:` or white space ends the key; a line that ends in an odd number of backslashes
 * goes on in the next one.
 */

/** The properties of a text; the last value of a key counts. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const match = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)(.*)$/s.exec(line)
    if (match !== null) properties.set(unescape(match[1]!), unescape(match[2]!))
  }
  return properties
}

/** Lines without comments and empty ones, continued lines put together. */
function* logicalLines(text: string): Generator<string> {
  let open = ''
  let isOpen = false
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trimStart()
    if (!isOpen && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const backslashes = /\\*$/.exec(line)![0].length
    isOpen = backslashes % 2 === 1
    open += isOpen ? line.slice(0, -1) : line
    if (isOpen) continue
    yield open
    open = ''
  }
  if (open !== '') yield open
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.?))/gs, (_, code: string | undefined, letter: string | undefined) =>
    code === undefined ? (ESCAPES[letter ?? ''] ?? letter ?? '') : String.fromCharCode(parseInt(code, 16)),
  )
}
