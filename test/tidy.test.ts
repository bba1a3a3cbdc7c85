/** What the code must look like, as data: layers, where third-party packages may be imported, sizes, names, leftovers. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A folder of src/ may import itself and these. `tpch` and `bench` stand above all. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernel: ['core'],
  sql: ['core'],
  storage: ['core'],
  expr: ['core', 'kernel'],
  format: ['core', 'kernel', 'expr', 'storage'],
  table: ['core', 'kernel', 'expr', 'storage', 'format'],
  catalog: ['core', 'storage', 'format', 'table', 'expr'],
  plan: ['core', 'expr', 'sql', 'format', 'table'],
  exec: ['core', 'kernel', 'expr', 'storage', 'format', 'table', 'plan'],
  engine: ['core', 'kernel', 'expr', 'sql', 'storage', 'format', 'table', 'catalog', 'plan', 'exec'],
  repl: ['core', 'engine'],
}

/** Files of other folders that a layer may import although it may not import the folder: contracts without code behind them. */
const CONTRACTS: Readonly<Record<string, readonly string[]>> = {
  plan: ['catalog/catalog.ts'],
  repl: ['expr/expr.ts'],
}

/** Planning sees tables and formats through their contracts only, and execution sees plans only in their physical form. */
const ONLY: readonly { readonly from: string; readonly to: string; readonly files: readonly string[] }[] = [
  { from: 'plan', to: 'table', files: ['table/table.ts', 'table/changes.ts'] },
  { from: 'plan', to: 'format', files: ['format/format.ts'] },
  { from: 'exec', to: 'plan', files: ['plan/physical.ts', 'plan/physical-planner.ts'] },
]

/** Third-party packages and the one place that may import each. */
const CONFINED: Readonly<Record<string, readonly string[]>> = {
  'apache-arrow': ['src/core/arrow.ts', 'src/engine/'],
  'parquet-wasm': ['src/format/parquet/'],
  'node-sql-parser': ['src/sql/dialect/parser-worker.ts'],
  'quickjs-emscripten-core': ['src/engine/javascript/'],
  '@jitl': ['src/engine/javascript/'],
  piscina: ['src/exec/pool.ts', 'src/exec/worker.ts'],
}

const LINES_MAX = 600
/** The list of all node types reads best as one. */
const LONG_FILES: readonly string[] = ['src/sql/ast.ts']
const BANNED_NAMES = /^(utils?|helpers?|misc|common|manager)\.ts$/
const LEFTOVERS = [/\bFIXME\b/, /\bTODO\b(?!\(#\d+\))/, /\bconsole\.(log|error|warn)\(/, /\.only\(/, /\bdebugger\b/]
const PACKED_BYTES_MAX = 7_000_000
/** Grammars of other dialects, which are bundled (docs/decisions/009-dialects.md). */
const GRAMMARS = 'dist/src/sql/dialect/grammars'
const GRAMMAR_BYTES_MAX = 2_600_000

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('kernel/generated/') && !file.endsWith('.d.ts'))
}

const FILES = [...sources('src'), ...sources('tpch')].map((file) => ({
  file,
  text: readFileSync(join(ROOT, file), 'utf8'),
}))

function* importsOf({ file, text }: { file: string; text: string }): Generator<string> {
  const statements = /^(?:import|export)\b[^'";=]*\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'|^import\s+'([^']+)'/gm
  for (const [, from, dynamic, bare] of text.matchAll(statements)) {
    const specifier = (from ?? dynamic ?? bare)!
    yield specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier
  }
}

describe('layers', () => {
  test('a folder imports only what stands below it', () => {
    const wrong: string[] = []
    for (const source of FILES.filter(({ file }) => file.startsWith('src/') && !isKernelSource(file))) {
      const from = source.file.split('/')[1]!
      if (from.endsWith('.ts')) continue
      for (const target of importsOf(source)) {
        if (target.startsWith('tpch/')) wrong.push(`${source.file}: src may not import tpch`)
        if (!target.startsWith('src/')) continue
        const path = target.slice(4)
        const to = path.split('/')[0]!
        const allowed = to === from || LAYERS[from]?.includes(to) === true || CONTRACTS[from]?.includes(path) === true
        if (!allowed) wrong.push(`${source.file}: ${from} may not import ${path}`)
        const only = ONLY.find((rule) => rule.from === from && rule.to === to)
        if (only !== undefined && !only.files.includes(path))
          wrong.push(`${source.file}: ${from} may not import ${path}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('every folder of src has its layer', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map((entry) => entry.name).filter((name) => !(name in LAYERS))).toEqual([])
  })

  test('each third-party package is imported in one place', () => {
    const wrong: string[] = []
    for (const source of FILES.filter(({ file }) => !isKernelSource(file))) {
      for (const target of importsOf(source)) {
        if (target.startsWith('src/') || target.startsWith('tpch/') || target.startsWith('node:')) continue
        const name = target.split('/')[0]!
        const places = CONFINED[name]
        if (places === undefined) wrong.push(`${source.file}: imports ${target}, which nothing may`)
        else if (!places.some((place) => source.file.startsWith(place)))
          wrong.push(`${source.file}: may not import ${name}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('files', () => {
  test(`have at most ${LINES_MAX} lines`, () => {
    const long = FILES.map(({ file, text }) => ({ file, lines: text.split('\n').length })).filter(
      ({ file, lines }) => lines > LINES_MAX && !LONG_FILES.includes(file),
    )
    expect(long).toEqual([])
  })

  test('are named after what they hold', () => {
    const names = FILES.map(({ file }) => file.split('/').at(-1)!)
    expect(names.filter((name) => BANNED_NAMES.test(name) || !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name))).toEqual([])
  })

  test('hold no leftovers', () => {
    const wrong = FILES.flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, i) =>
          LEFTOVERS.some((pattern) => pattern.test(line)) ? [`${file}:${i + 1}: ${line.trim()}`] : [],
        ),
    )
    expect(wrong).toEqual([])
  })

  test('use no enum, namespace, default export or any', () => {
    const banned = [
      /^\s*(export\s+)?(const\s+)?enum\s/m,
      /^\s*export default\b/m,
      /^(?!\s*[/*])[^'"]*\w\??: any[,;)\s=[]/m,
      /<any>/,
      /\bas any\b/,
    ]
    const wrong = FILES.filter(({ file, text }) => {
      const code = text.replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '')
      return !isKernelSource(file) && banned.some((pattern) => pattern.test(code))
    })
    expect(wrong.map(({ file }) => file)).toEqual([])
  })
})

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }

  test('pins every dependency exactly', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies }
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('has a decision for every run-time dependency', () => {
    const decisions = readdirSync(join(ROOT, 'docs/decisions')).map((name) =>
      readFileSync(join(ROOT, 'docs/decisions', name), 'utf8'),
    )
    const missing = Object.keys(manifest.dependencies).filter((name) => !decisions.some((text) => text.includes(name)))
    expect(missing).toEqual([])
  })

  test(`is at most ${(PACKED_BYTES_MAX + GRAMMAR_BYTES_MAX) / 1e6} MB`, () => {
    const sizes = readdirSync(join(ROOT, 'dist'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ isGrammar: path.startsWith(join(ROOT, GRAMMARS)), size: statSync(path).size }))
    const total = (grammars: boolean): number =>
      sizes.filter(({ isGrammar }) => isGrammar === grammars).reduce((sum, { size }) => sum + size, 0)
    expect(total(false)).toBeLessThan(PACKED_BYTES_MAX)
    expect(total(true)).toBeLessThan(GRAMMAR_BYTES_MAX)
  })
})

/** AssemblyScript is not TypeScript: its own compiler checks it. */
function isKernelSource(file: string): boolean {
  return file.startsWith('src/kernel/wasm/')
}
