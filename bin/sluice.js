#!/usr/bin/env node
// Starts the command line. The TPC-H generator and the sample lake are programs of their own, so that src/ never depends on them.
const args = process.argv.slice(2)
const wantsSample = args[0] === '--sample-lake'
if (wantsSample) {
  args.shift()
  const { makeSampleLake } = await import('../dist/tpch/sample-lake.js')
  await makeSampleLake('./lake')
}
const { main } = await import(args[0] === 'tpch' ? '../dist/tpch/cli.js' : '../dist/src/cli.js')
await main(args)
