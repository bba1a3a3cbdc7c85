/**
 * Turns grammar/sql.peggy into src/sql/generated.js and dist/src/sql/generated.js.
 * Skipped while the output is newer than its sources.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = ['grammar/sql.peggy', 'grammar/keywords.mjs', 'scripts/build-grammar.mjs'].map((f) => join(root, f))
const outputs = ['src/sql/generated.js', 'dist/src/sql/generated.js'].map((f) => join(root, f))

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)
const newestSource = Math.max(...sources.map(modified))
if (!existsSync(sources[0])) process.exit(0)
if (!outputs.every((file) => modified(file) > newestSource)) {
  const { default: peggy } = await import('peggy')
  const { keywordCharacter } = await import('../grammar/keywords.mjs')
  // 'SELECT' in the grammar file stands for the one character that the lexer gives that keyword.
  const grammar = readFileSync(sources[0], 'utf8').replace(/'([A-Z_]+)'/g, (whole, word) => {
    const character = keywordCharacter(word)
    return character === undefined ? whole : JSON.stringify(character)
  })
  const code = peggy.generate(grammar, { output: 'source', format: 'es', allowedStartRules: ['Start'] })
  for (const file of outputs) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, code)
  }
  process.stdout.write(`grammar: ${code.length} bytes\n`)
}
