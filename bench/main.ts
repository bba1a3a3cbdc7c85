/** `npm run bench -- <question> [options]`: one file a question. */
const QUESTIONS: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<void> }>>> = {
  tpch: () => import('./tpch.ts'),
  merge: () => import('./merge.ts'),
  tpcds: () => import('./tpcds.ts'),
  startup: () => import('./startup.ts'),
  decode: () => import('./decode.ts'),
  scan: () => import('./scan.ts'),
  plan: () => import('./plan.ts'),
  lookup: () => import('./lookup.ts'),
  cardinality: () => import('./cardinality.ts'),
  planning: () => import('./planning.ts'),
  deletes: () => import('./deletes.ts'),
  take: () => import('./take.ts'),
  sqllogictest: () => import('./sqllogictest.ts'),
  'feature-store': () => import('./feature-store.ts'),
  functions: () => import('./functions.ts'),
}

const [question, ...args] = process.argv.slice(2)
const load = QUESTIONS[question ?? '']
if (load === undefined) {
  console.error(`which question? ${Object.keys(QUESTIONS).join(', ')}`)
  process.exit(1)
}
const { main } = await load()
await main(args)
