/**
 * Bundles src/ and tpch/ into dist/: one file an entry point, and chunks of what they share and what is loaded when it is needed. Node takes about
 * 0.4 ms a module to find, read and link it, so a start of 280 modules cost twice what it costs as bundles.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** What programs, threads and tests of built code import by path. */
const ENTRIES = [
  'src/cli.ts',
  'src/index.ts',
  'src/engine/engine.ts',
  'src/exec/worker.ts',
  'tpch/cli.ts',
  'tpch/sample-lake.ts',
  'tpch/worker.ts',
]

/** Chunks have names of their contents: those of earlier builds would stay. */
function removeScripts(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) removeScripts(path)
    else if (/\.js(\.map)?$/.test(name)) rmSync(path)
  }
}

for (const folder of ['dist/src', 'dist/tpch'].map((name) => join(root, name)))
  if (existsSync(folder)) removeScripts(folder)
await build({
  absWorkingDir: root,
  entryPoints: ENTRIES,
  outdir: 'dist',
  outbase: '.',
  chunkNames: 'src/chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
})

// The grammars of other dialects come from a package of 89 MB, most of it source maps: what is used of it is part of dist instead of a
// dependency (docs/decisions/009-dialects.md), each grammar a file that its thread loads when a statement needs it.
await build({
  absWorkingDir: root,
  entryPoints: ['src/sql/dialect/parser-worker.ts'],
  outdir: 'dist',
  outbase: '.',
  chunkNames: 'src/sql/dialect/grammars/[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
})
mkdirSync(join(root, 'dist/licenses'), { recursive: true })
copyFileSync(join(root, 'node_modules/node-sql-parser/LICENSE'), join(root, 'dist/licenses/node-sql-parser.txt'))
