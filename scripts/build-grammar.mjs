/**
 * Turns grammar/sql.peggy into src/sql/generated.js.
 * Skipped while the output is newer than its sources.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = ['grammar/sql.peggy', 'grammar/keywords.mjs', 'scripts/build-grammar.mjs'].map((f) => join(root, f))
const outputs = ['src/sql/generated.js'].map((f) => join(root, f))

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)
const newestSource = Math.max(...sources.map(modified))

if (!outputs.every((file) => modified(file) > newestSource)) {
  const code = await generate()
  for (const file of outputs) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, code)
  }
  process.stdout.write(`grammar: ${code.length} bytes\n`)
}

async function generate() {
  const { default: peggy } = await import('peggy')
  const { collectKeywords, keywordCharacter, keywordClasses } = await import('../grammar/keywords.mjs')
  const source = readFileSync(sources[0], 'utf8')
  const keywords = collectKeywords(source)
  const classes = keywordClasses(keywords)
  const grammar = source
    // 'SELECT' in the grammar file stands for the one character that the lexer gives that keyword.
    .replace(/'([A-Z][A-Z_]*)'/g, (_, word) => JSON.stringify(keywordCharacter(keywords, word)))
    .replace(/%([a-z]+)%/g, (_, name) => {
      if (classes[name] === undefined) throw new Error(`grammar: no keyword class ${name}`)
      return classes[name]
    })
  const parser = peggy.generate(grammar, {
    output: 'source',
    format: 'es',
    allowedStartRules: ['Start'],
  })
  const { transform } = await import('esbuild')
  // Of a megabyte of long names and blanks: half the time that a process needs to compile the parser when it starts.
  const { code } = await transform(`${parser}\nexport const KEYWORDS = ${JSON.stringify(keywords)}\n`, {
    minify: true,
    format: 'esm',
    target: 'node20.19',
  })
  return code
}
