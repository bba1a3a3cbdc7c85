/** Files of plain SQL (PostgreSQL's regression tests) as records without results: what PostgreSQL itself says is taken for recorded. */
import type { SltRecord } from '../../test/slt/runner/slt-file.ts'

/** Quoted texts, dollar quotes, comments, semicolons and lines of psql's own commands. */
const PIECE = /'(?:[^']|'')*'|"[^"]*"|(\$\w*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\/|;|^\\[^\n]*\n|[^;'"$\-/\\]+|[^]/gm

/** Statements that give rows are queries; data of COPY FROM STDIN and commands of psql are left out. */
export function readSqlFile(text: string): SltRecord[] {
  const withoutData = text.replace(/^copy [^;]* from stdin[^;]*;\n[\s\S]*?^\\\.\n/gim, '')
  const records: SltRecord[] = []
  let sql = ''
  let line = 1
  const end = (): void => {
    const trimmed = sql.trim()
    const start = line - (sql.trimStart().match(/\n/g)?.length ?? 0)
    sql = ''
    if (trimmed === '') return
    const query = /^(select|with|values|table|\()/i.test(trimmed) || /\breturning\b/i.test(trimmed)
    records.push(
      query
        ? {
            kind: 'query',
            sql: trimmed,
            types: '',
            sort: sortOf(trimmed),
            label: '',
            expected: [],
            line: start,
            expectedAt: [0, 0],
          }
        : { kind: 'statement', sql: trimmed, error: null, line: start },
    )
  }
  for (const [piece] of withoutData.matchAll(PIECE)) {
    line += piece.match(/\n/g)?.length ?? 0
    if (piece === ';') end()
    else if (piece.startsWith('\\') && piece.endsWith('\n')) sql += '\n'
    else if (!piece.startsWith('--') && !piece.startsWith('/*')) sql += piece
  }
  end()
  return records
}

/** Rows without an order come in any. */
function sortOf(sql: string): 'nosort' | 'rowsort' {
  return /\border\s+by\b/i.test(sql) ? 'nosort' : 'rowsort'
}
